import { describe, expect, it } from 'vitest';
import type { CertificateStore, Identity } from '../../../../src/keystore/index.ts';
import { openMacosStore } from '../../../../src/keystore/macos/macos-store.ts';
import { parseMacosUri } from '../../../../src/keystore/macos/macos-uri.ts';
import type { NativeFailure } from '../../../../src/native/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeNativeStore } from '../../../testkit/fake-native-store.ts';
import { TestCa } from '../../../testkit/test-ca.ts';

const login = '/Users/alice/Library/Keychains/login.keychain-db';
const system = '/Library/Keychains/System.keychain';
const dataProtection = 'data protection keychain';

const issuing = TestCa.root().issueCa();
const user = issuing.issue({ commonName: 'user' });
const device = issuing.issue({ commonName: 'device' });
const card = issuing.issue({ commonName: 'card' });

const key = {
  provider: 'Keychain',
  protection: 'software',
  exportable: true,
  rsaPkcs1: true,
  rsaPss: true,
  ecdsa: true,
} as const;

function status(code: number): NativeFailure {
  return { facility: 'osstatus', code, api: 'SecItemCopyMatching', message: '' };
}

function fill(native: FakeNativeStore): void {
  native.stores = [
    { name: 'file keychains' },
    { name: login },
    { name: system },
    { name: dataProtection },
  ];
  native.certificates = [
    { store: login, label: 'user', der: user.der, chain: [], key },
    { store: system, label: 'device', der: device.der, chain: [], key },
    { store: dataProtection, label: 'card', der: card.der, chain: [], key },
  ];
}

function open(uri: string, change: (native: FakeNativeStore) => void = () => {}): CertificateStore {
  const search = parseMacosUri(uri);
  if (search === undefined) throw new Error(`not a URI: ${uri}`);
  return openMacosStore(search, { uri }, () => {
    const native = new FakeNativeStore();
    fill(native);
    change(native);
    return native;
  });
}

async function labels(uri: string): Promise<string[]> {
  return (await open(uri).list()).certificates.map(({ label }) => label);
}

describe('the macos: store', () => {
  it('shows the keychains that its URI names', async () => {
    expect(await labels('macos:')).toEqual(['user', 'device', 'card']);
    expect(await labels('macos:login')).toEqual(['user']);
    expect(await labels('macos:system')).toEqual(['device']);
    expect(await labels('macos:data-protection')).toEqual(['card']);
    expect(await labels(`macos:${login}`)).toEqual([]);
    expect(await labels('macos:/Library/Other.keychain')).toEqual([]);
  });

  it('finds each certificate again by the location it gives', async () => {
    const { certificates } = await open('macos:').list();
    for (const { location, label } of certificates) {
      expect(await labels(location)).toEqual([label]);
    }
  });

  it('counts a failed query of the file keychains against each of them', async () => {
    const fails = (native: FakeNativeStore): void => {
      native.stores = [
        { name: 'file keychains', failure: status(-25291) },
        { name: dataProtection },
      ];
      native.certificates = [];
    };
    for (const uri of ['macos:login', 'macos:system', 'macos:file']) {
      expect(await codeOfRejection(open(uri, fails).list())).toBe('store_unavailable');
    }
    expect((await open('macos:', fails).list()).problems.map(({ location }) => location)).toEqual([
      'macos:file',
    ]);
    expect((await open('macos:data-protection', fails).list()).problems).toEqual([]);
  });

  it('passes on why the system gave no certificate', async () => {
    const store = open('macos:', (native) => {
      const keyFailure = { ...status(-25291), api: 'SecIdentityCopyCertificate' };
      const item = { store: login, label: '', der: Buffer.of(), chain: [], keyFailure };
      native.certificates = [...native.certificates, item];
    });
    const { certificates, problems } = await store.list();
    expect(certificates).toHaveLength(3);
    expect(problems).toMatchObject([{ code: 'certificate_unreadable' }]);
    expect(problems[0]?.message).toContain('SecIdentityCopyCertificate');
  });

  it('explains that hardware-bound identities are not for other programs', async () => {
    const store = open('macos:', (native) => {
      native.stores = [
        { name: 'file keychains' },
        { name: dataProtection, failure: status(-34018) },
      ];
    });
    const [problem] = (await store.list()).problems;
    expect(problem).toMatchObject({ location: 'macos:data-protection', code: 'store_unavailable' });
    expect(problem?.message).toContain('HardwareBound');
  });

  it.each([
    [-25293, 'key_not_permitted', 'partition list'],
    [-25308, 'user_interaction_required', 'no dialog is opened'],
    [-25304, 'token_not_present', '-25304'],
    [-2070, 'signature_failed', '-2070'],
  ] as const)('says what %i means when a key is used', async (code, expected, words) => {
    const store = open('macos:login', (native) => {
      native.answer = () => status(code);
    });
    const [identity] = (await store.list()).certificates;
    const signing = (identity as Identity).signer.sign('ES256', Buffer.from('message'));
    await expect(signing).rejects.toMatchObject({ code: expected });
    await expect(signing).rejects.toThrow(words);
  });
});
