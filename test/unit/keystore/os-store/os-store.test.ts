import { sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  CertificateStore,
  Signer,
  StoredCertificate,
} from '../../../../src/keystore/index.ts';
import { openWindowsStore } from '../../../../src/keystore/windows/windows-store.ts';
import { thumbprintOf, type WindowsSearch } from '../../../../src/keystore/windows/windows-uri.ts';
import {
  NativeAddonError,
  type NativeCertificate,
  type NativeKey,
} from '../../../../src/native/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeNativeStore } from '../../../testkit/fake-native-store.ts';
import { TestCa, type TestCertificate } from '../../../testkit/test-ca.ts';

const issuing = TestCa.root().issueCa();
const rsa = issuing.issue({ keyType: 'rsa2048' });
const p256 = issuing.issue({ keyType: 'p256' });

const key: NativeKey = {
  provider: 'Provider',
  protection: 'hardware',
  exportable: false,
  rsaPkcs1: true,
  rsaPss: true,
  ecdsa: true,
};

function item(
  { der }: { readonly der: Uint8Array },
  changes: Partial<NativeCertificate> = {},
): NativeCertificate {
  const place = { store: 'CurrentUser\\MY', label: '', der, chain: [] };
  return changes.keyFailure === undefined
    ? { ...place, key, ...changes }
    : { ...place, ...changes };
}

const everything: WindowsSearch = { store: undefined, thumbprint: undefined };

let natives: FakeNativeStore[] = [];

/** Opens the store; each opening of the addon's is filled. */
function open(
  fill: (native: FakeNativeStore) => void,
  search: WindowsSearch = everything,
): CertificateStore {
  return openWindowsStore(search, { uri: 'windows:', timeouts: { signMs: 1000 } }, () => {
    const native = new FakeNativeStore();
    fill(native);
    natives.push(native);
    return native;
  });
}

async function only(store: CertificateStore): Promise<StoredCertificate> {
  const { certificates } = await store.list();
  expect(certificates).toHaveLength(1);
  return certificates[0] as StoredCertificate;
}

function signerOf(entry: StoredCertificate): Signer {
  if (entry.key === undefined) throw new Error(entry.problem.message);
  return entry.signer;
}

beforeEach(() => {
  natives = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a system store', () => {
  it('passes on what the system says of a key', async () => {
    const entry = await only(open((native) => (native.certificates = [item(p256)])));
    expect(entry.key).toEqual({ provider: 'Provider', protection: 'hardware', exportable: false });
    expect(entry.location).toBe(`windows:CurrentUser/MY/${thumbprintOf(p256.der)}`);
  });

  it.each([
    [{}, ['PS256', 'RS256']],
    [{ rsaPss: false }, ['RS256']],
    [{ rsaPkcs1: false }, ['PS256']],
    [{ ecdsa: false }, ['PS256', 'RS256']],
  ])('offers what an RSA key can do with its provider: %j', async (changes, algorithms) => {
    const entry = await only(
      open((native) => (native.certificates = [item(rsa, { key: { ...key, ...changes } })])),
    );
    expect(signerOf(entry).algorithms).toEqual(algorithms);
  });

  it('says of a key that can do nothing of use that it cannot, and whose it is', async () => {
    const none = { ...key, rsaPkcs1: false, rsaPss: false };
    const entry = await only(open((native) => (native.certificates = [item(rsa, { key: none })])));
    expect(entry.key === undefined && entry.problem).toMatchObject({
      code: 'algorithm_unsupported',
      message: expect.stringContaining('Provider') as string,
    });
  });

  it('says why a key cannot be used', async () => {
    const keyFailure = { facility: 'hresult', code: 0x80090010, api: 'Acquire', message: 'No.' };
    const without = item(p256, { keyFailure });
    const entry = await only(open((native) => (native.certificates = [without])));
    expect(entry.key === undefined && entry.problem.code).toBe('key_not_permitted');
  });

  it.each([
    ['CurrentUser\\MY', 'key_not_found'],
    ['LocalMachine\\MY', 'key_not_permitted'],
  ])('takes NTE_BAD_KEYSET in %s for %s', async (store, code) => {
    const keyFailure = { facility: 'hresult', code: 0x80090016, api: 'Acquire', message: '' };
    const without = item(p256, { store, keyFailure });
    const entry = await only(open((native) => (native.certificates = [without])));
    expect(entry.key === undefined && entry.problem.code).toBe(code);
  });

  it('offers the chain that the system knows, else what the store itself holds', async () => {
    const issuer = item(issuing.certificate);
    const other = TestCa.root().certificate.der;
    const { certificates } = await open((native) => {
      native.certificates = [item(p256), item(rsa, { chain: [other] }), issuer];
    }).list();
    expect(certificates.map(({ chain }) => chain.length)).toEqual([1, 1, 0]);
    expect(Buffer.from(certificates[0]?.chain[0] ?? []).equals(issuing.certificate.der)).toBe(true);
    expect(certificates[1]?.chain[0]).toBe(other);
  });

  it('lists the good certificates beside one that cannot be read', async () => {
    const { certificates, problems } = await open((native) => {
      native.certificates = [item(p256), item(rsa, { der: Buffer.from('junk'), label: 'bad' })];
    }).list();
    expect(certificates).toHaveLength(1);
    expect(problems).toMatchObject([{ code: 'certificate_unreadable' }]);
    expect(problems[0]?.message).toContain('bad');
  });

  it('reports a place that cannot be read, and what the other holds', async () => {
    const failure = { facility: 'win32', code: 5, api: 'CertOpenStore', message: 'Denied.' };
    const { certificates, problems } = await open((native) => {
      native.certificates = [item(p256)];
      native.stores = [{ name: 'CurrentUser\\MY' }, { name: 'LocalMachine\\MY', failure }];
    }).list();
    expect(certificates).toHaveLength(1);
    expect(problems).toMatchObject([{ location: 'windows:LocalMachine/MY' }]);
  });

  it('throws where no place can be read', async () => {
    const failure = { facility: 'win32', code: 1, api: 'CertOpenStore', message: '' };
    const store = open((native) => (native.stores = [{ name: 'CurrentUser\\MY', failure }]));
    expect(await codeOfRejection(store.list())).toBe('store_unavailable');
  });

  it('shows only what its URI asks for', async () => {
    const fill = (native: FakeNativeStore): void => {
      native.certificates = [item(p256), item(rsa, { store: 'LocalMachine\\MY' })];
    };
    const machine = open(fill, { store: 'LocalMachine\\MY', thumbprint: undefined });
    expect((await only(machine)).certificate.der).toEqual(rsa.der);
    const one = open(fill, { store: undefined, thumbprint: thumbprintOf(p256.der) });
    expect((await only(one)).certificate.der).toEqual(p256.der);
  });
});

describe('signing with a system store', () => {
  const message = Buffer.from('message');

  function es256({ privateKey }: TestCertificate): Buffer {
    if (privateKey === undefined) throw new Error('no private key');
    return sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  }

  const signature = es256(p256);

  async function signWith(answer: FakeNativeStore['answer']): Promise<Uint8Array> {
    const entry = await only(
      open((native) => {
        native.certificates = [item(p256)];
        native.answer = answer;
      }),
    );
    return signerOf(entry).sign('ES256', message);
  }

  it('has the digest of the message signed', async () => {
    let asked: unknown;
    await signWith((algorithm, digest) => {
      asked = [algorithm, digest.length];
      return signature;
    });
    expect(asked).toEqual(['ES256', 32]);
  });

  it('refuses a signature by another key, the first time it sees one', async () => {
    const other = es256(issuing.issue());
    expect(await codeOfRejection(signWith(() => other))).toBe('key_mismatch');
  });

  it('refuses a signature of the wrong width', async () => {
    expect(await codeOfRejection(signWith(() => signature.subarray(1)))).toBe('signature_failed');
  });

  it('gives a failure its typed error', async () => {
    const silent = { facility: 'hresult', code: 0x80090022, api: 'NCryptSignHash', message: '' };
    expect(await codeOfRejection(signWith(() => silent))).toBe('user_interaction_required');
  });

  it('gives up on a provider that hangs, and opens the store anew for the next call', async () => {
    vi.useFakeTimers();
    const store = open((native) => {
      native.certificates = [item(p256)];
      native.answer = () => (natives.length === 1 ? 'never' : signature);
    });
    const signer = signerOf(await only(store));
    const pending = codeOfRejection(signer.sign('ES256', message));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await pending).toBe('store_timeout');
    expect(natives[0]?.closed).toBe(true);
    expect(await signer.sign('ES256', message)).toEqual(signature);
    expect(natives).toHaveLength(2);
  });

  it('tells the sixty-fifth caller at once that it has to wait', async () => {
    const store = open((native) => (native.certificates = [item(p256)]));
    const signer = signerOf(await only(store));
    const pending = Array.from({ length: 64 }, () =>
      codeOfRejection(signer.sign('ES256', message)),
    );
    expect(await codeOfRejection(signer.sign('ES256', message))).toBe('store_busy');
    await store.close();
    expect(new Set(await Promise.all(pending))).toEqual(new Set(['store_closed']));
  });
});

describe('a system store without its addon', () => {
  it.each([
    ['native_addon_unneeded', 'store_unsupported'],
    ['native_addon_missing', 'store_unavailable'],
    ['native_addon_broken', 'store_unavailable'],
  ] as const)('turns %s into %s', async (native, code) => {
    const store = openWindowsStore(everything, { uri: 'windows:' }, () => {
      throw new NativeAddonError(native);
    });
    expect(await codeOfRejection(store.list())).toBe(code);
  });
});

describe('watching a system store', () => {
  it('gives word once after a burst of changes, and by the clock', async () => {
    vi.useFakeTimers();
    const store = open(() => undefined);
    const changed = vi.fn();
    const stop = store.watch?.(changed);
    await vi.advanceTimersByTimeAsync(0);
    natives[0]?.change?.();
    await vi.advanceTimersByTimeAsync(1000);
    natives[0]?.change?.();
    await vi.advanceTimersByTimeAsync(1499);
    expect(changed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(changed).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(15 * 60_000);
    expect(changed).toHaveBeenCalledTimes(2);
    stop?.();
    natives[0]?.change?.();
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(changed).toHaveBeenCalledTimes(2);
    expect(natives[0]?.closed).toBe(true);
  });

  it('goes by the clock alone where the addon cannot be loaded', async () => {
    vi.useFakeTimers();
    const store = openWindowsStore(everything, { uri: 'windows:' }, () => {
      throw new NativeAddonError('native_addon_missing');
    });
    const changed = vi.fn();
    store.watch?.(changed);
    await vi.advanceTimersByTimeAsync(15 * 60_000);
    expect(changed).toHaveBeenCalledTimes(1);
    await store.close();
    await vi.advanceTimersByTimeAsync(15 * 60_000);
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
