/** What the contract does not ask of every store, on SoftHSM. */
import { X509Certificate, verify } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  openCertificateStore,
  type CertificateStore,
  type Identity,
  type StoreListing,
  type StoreSettings,
} from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { describeWith } from '../testkit/require-component.ts';
import { scratchDirectory } from '../testkit/scratch-directory.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import { keyPair, TestCa } from '../testkit/test-ca.ts';

const message = Buffer.from('message');
const ca = TestCa.root();

function open(settings: StoreSettings): CertificateStore {
  const store = openCertificateStore(settings);
  onTestFinished(() => store.close());
  return store;
}

function identity({ certificates }: StoreListing, label: string): Identity {
  const entry = certificates.find((candidate) => candidate.label === label);
  if (entry?.key === undefined) throw new Error(`${label}: ${String(entry?.problem.message)}`);
  return entry;
}

function codes({ certificates }: StoreListing): (string | undefined)[] {
  return certificates.map((entry) => (entry.key === undefined ? entry.problem.code : undefined));
}

/** CK_ULONGs as SoftHSM writes them. */
function ulongs(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const octets = Buffer.alloc(8);
      octets.writeBigUInt64BE(BigInt(value));
      return octets;
    }),
  );
}

async function signs({ signer, certificate }: Identity): Promise<boolean> {
  const [algorithm = 'EdDSA'] = signer.algorithms;
  const signature = await signer.sign(algorithm, message);
  const key = new X509Certificate(certificate.der).publicKey;
  return verify(
    'sha256',
    message,
    { key, dsaEncoding: 'ieee-p1363', padding: 6, saltLength: 32 },
    signature,
  );
}

describeWith('a SoftHSM token', [softHsmComponent], ([modulePath = '']) => {
  let token: SoftHsm;

  beforeAll(() => {
    token = new SoftHsm();
    add('01', 'plain');
    add('02', 'exportable', { extractable: true });
    add('03', 'not-for-signing', { sign: false });
    const elsewhere = keyPair('rsa2048');
    token.importKey(elsewhere.privateKey, { id: '04', label: 'imported' });
    token.writeCertificate('14', 'imported', ca.issue({ publicKey: elsewhere.publicKey }));
  });

  afterAll(() => {
    token.dispose();
  });

  function add(id: string, label: string, options = {}): void {
    const publicKey = token.generateKey({ id, label, type: 'p256', ...options });
    token.writeCertificate(id, label, ca.issue({ publicKey, commonName: label }));
  }

  it('shows what it says of its keys', async () => {
    const listing = await open({ uri: token.uri, pinFile: token.pinFile }).list();
    expect(identity(listing, 'plain').key).toEqual({
      protection: 'software',
      exportable: false,
      provider: expect.stringContaining('“test-token” (SoftHSM project') as unknown,
    });
    expect(identity(listing, 'exportable').key.exportable).toBe(true);
    const forbidden = listing.certificates.find(({ label }) => label === 'not-for-signing');
    expect(forbidden?.key === undefined && forbidden?.problem.code).toBe('key_not_permitted');
  });

  it('has a key found by its modulus where the ids differ', async () => {
    const listing = await open({ uri: token.uri, pinFile: token.pinFile }).list();
    expect(await signs(identity(listing, 'imported'))).toBe(true);
  });

  it('is opened by the bare path of its module, where the blank token beside it is no problem', async () => {
    const listing = await open({ uri: modulePath, pinFile: token.pinFile }).list();
    expect(listing.problems).toEqual([]);
    expect(await signs(identity(listing, 'plain'))).toBe(true);
  });

  it.each([
    ['id=%01', ['plain']],
    ['object=exportable', ['exportable']],
    ['id=%01;object=exportable', []],
    ['type=cert;id=%01', ['plain']],
  ])('lists only the certificates that %s matches', async (search, expected) => {
    const uri = token.uri.replace('?', `;${search}?`);
    const { certificates } = await open({ uri, pinFile: token.pinFile }).list();
    expect(certificates.map(({ label }) => label)).toEqual(expected);
  });

  it('gives each certificate a location that finds it alone', async () => {
    const store = open({ uri: token.uri, pinFile: token.pinFile });
    const { certificates } = await store.list();
    for (const { location, label } of certificates) {
      const found = await open({ uri: location, pinFile: token.pinFile }).list();
      expect(found.certificates.map((entry) => entry.label)).toEqual([label]);
    }
  });

  it.each(['token=other', 'serial=0', 'library-manufacturer=Other', 'slot-id=3'])(
    'is not there for a URI with %s',
    async (search) => {
      const uri = `pkcs11:${search}?module-path=${modulePath}`;
      const { certificates, problems } = await open({ uri }).list();
      expect(certificates).toEqual([]);
      expect(problems.map(({ code }) => code)).toEqual(['token_not_present']);
    },
  );

  it('lists its certificates without the PIN, and says what their keys want', async () => {
    const listing = await open({ uri: token.uri }).list();
    expect(codes(listing)).toEqual(listing.certificates.map(() => 'pin_required'));
    expect(listing.certificates).toHaveLength(4);
  });

  it('rejects a wrong PIN once', async () => {
    const pinFile = path.join(scratchDirectory(), 'pin');
    writeFileSync(pinFile, '0000', { mode: 0o600 });
    const store = open({ uri: token.uri, pinFile });
    for (let i = 0; i < 5; i++) {
      expect(new Set(codes(await store.list()))).toEqual(new Set(['pin_rejected']));
    }
    writeFileSync(pinFile, token.pin);
    expect(await signs(identity(await store.list(), 'plain'))).toBe(true);
  });

  it('finds its keys again when its directory goes and comes back', async () => {
    const store = open({ uri: token.uri, pinFile: token.pinFile });
    const plain = identity(await store.list(), 'plain');
    expect(await signs(plain)).toBe(true);
    const [name = ''] = readdirSync(token.tokens);
    const [here, away] = [path.join(token.tokens, name), path.join(token.directory, 'away')];
    renameSync(here, away);
    try {
      const code = await codeOfRejection(plain.signer.sign('ES256', message));
      expect(['key_not_found', 'token_not_present']).toContain(code);
    } finally {
      renameSync(away, here);
    }
    expect(await signs(plain)).toBe(true);
  });

  it('sees a certificate that was renewed while the store is open', async () => {
    const store = open({ uri: token.uri, pinFile: token.pinFile });
    await store.list();
    const publicKey = token.generateKey({ id: '20', label: 'new', type: 'p256' });
    token.writeCertificate('20', 'new', ca.issue({ publicKey }));
    expect(await signs(identity(await store.list(), 'new'))).toBe(true);
    token.remove('CERTIFICATE', '20');
    const { certificates } = await store.list();
    expect(certificates.map(({ label }) => label)).not.toContain('new');
  });

  it('does not touch an object that another process has only begun to write', async () => {
    const store = open({ uri: token.uri, pinFile: token.pinFile });
    await store.list();
    const [name = ''] = readdirSync(token.tokens);
    const file = (last: string): string => path.join(token.tokens, name, last);
    // SoftHSM's file: a generation, then each attribute with the kind of its value. CKA_CLASS is there.
    const begun = ulongs(1, 0, 2, 1);
    writeFileSync(file('begun.object'), begun);
    const generation = readFileSync(file('generation')).readBigUInt64BE();
    writeFileSync(file('generation'), ulongs(Number(generation) + 1));
    try {
      await store.list();
      await open({ uri: token.uri, pinFile: token.pinFile }).list();
      expect(readFileSync(file('begun.object'))).toEqual(begun);
    } finally {
      rmSync(file('begun.object'));
    }
  });

  it('is signed with without a PIN where the key is not private', async () => {
    const free = new SoftHsm('free');
    onTestFinished(() => {
      free.dispose();
    });
    const publicKey = free.generateKey({ id: '01', label: 'free', type: 'p256', private: false });
    free.writeCertificate('01', 'free', ca.issue({ publicKey }));
    const listing = await open({ uri: free.uri }).list();
    expect(await signs(identity(listing, 'free'))).toBe(true);
  });

  it('is used again by itself once its PIN was changed and the PIN file after it', async () => {
    const changed = new SoftHsm('changed');
    onTestFinished(() => {
      changed.dispose();
    });
    const publicKey = changed.generateKey({ id: '01', label: 'key', type: 'p256' });
    changed.writeCertificate('01', 'key', ca.issue({ publicKey }));
    const store = open({ uri: changed.uri, pinFile: changed.pinFile });
    const held = identity(await store.list(), 'key');
    expect(await signs(held)).toBe(true);
    changed.changePin('567890');
    expect(await signs(held)).toBe(true);
    const later = open({ uri: changed.uri, pinFile: changed.pinFile });
    expect(codes(await later.list())).toEqual(['pin_rejected']);
    writeFileSync(changed.pinFile, '567890');
    expect(await signs(identity(await later.list(), 'key'))).toBe(true);
  });

  it('is not shown a PIN for certificates that need none: a CA’s, or those the URI leaves out', async () => {
    const cas = new SoftHsm('cas');
    onTestFinished(() => {
      cas.dispose();
    });
    cas.writeCertificate('01', 'ca', ca.certificate);
    const wrongPin = path.join(cas.directory, 'wrong-pin');
    writeFileSync(wrongPin, '0000', { mode: 0o600 });
    const everything = open({ uri: cas.uri, pinFile: wrongPin });
    // A login with the wrong PIN would show: its refusal is told for each certificate without a key.
    expect(codes(await everything.list())).toEqual(['key_not_found']);
    const publicKey = cas.generateKey({ id: '02', type: 'p256' });
    cas.writeCertificate('02', 'leaf', ca.issue({ publicKey }));
    const onlyCa = open({ uri: cas.uri.replace('?', ';id=%01?'), pinFile: wrongPin });
    expect(codes(await onlyCa.list())).toEqual(['key_not_found']);
    expect(codes(await everything.list())).toEqual(['pin_rejected', 'pin_rejected']);
  });

  it('is not shown a PIN that may be another token’s', async () => {
    const both = new SoftHsm('first', '1111');
    onTestFinished(() => {
      both.dispose();
    });
    const uri = `pkcs11:manufacturer=SoftHSM%20project?module-path=${both.modulePath}`;
    const publicKey = both.generateKey({ id: '01', label: 'one', type: 'p256' });
    both.writeCertificate('01', 'one', ca.issue({ publicKey }));
    const second = both.addToken('second', '2222');
    const otherKey = second.generateKey({ id: '01', label: 'two', type: 'p256' });
    second.writeCertificate('01', 'two', ca.issue({ publicKey: otherKey }));
    const listing = await open({ uri, pinFile: both.pinFile }).list();
    expect(codes(listing)).toEqual(['pin_required', 'pin_required']);
    const [entry] = listing.certificates;
    expect(entry?.key === undefined && entry?.problem.message).toContain('add token= or serial=');
    expect(
      await signs(identity(await open({ uri: both.uri, pinFile: both.pinFile }).list(), 'one')),
    ).toBe(true);
  });

  it.each([
    ['a module that does not exist', '/nowhere/module.so'],
    ['a library that is no module', '/lib/x86_64-linux-gnu/libc.so.6'],
    ['a file that is no library', '/etc/hosts.so'],
  ])('cannot be had from %s', async (_, module) => {
    const attempt = open({ uri: module }).list();
    expect(await codeOfRejection(attempt)).toBe('store_unavailable');
    await expect(attempt).rejects.toThrow(module);
  });
});
