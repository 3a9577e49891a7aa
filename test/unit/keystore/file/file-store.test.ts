import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  KeystoreError,
  openCertificateStore,
  type Identity,
  type StoreListing,
  type StoreSettings,
} from '../../../../src/keystore/index.ts';
import { readPfx } from '../../../../src/keystore/file/pfx.ts';
import { codeOf } from '../../../testkit/code-of.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';
import { TestCa, type TestCertificate } from '../../../testkit/test-ca.ts';

const root = TestCa.root();
const issuing = root.issueCa();
const message = Buffer.from('message');

function write(directory: string, name: string, content: string | Buffer, mode = 0o600): string {
  const file = path.join(directory, name);
  writeFileSync(file, content, { mode });
  chmodSync(file, mode);
  return file;
}

function list(directory: string, settings: Partial<StoreSettings> = {}): Promise<StoreListing> {
  return openCertificateStore({ uri: directory, ...settings }).list();
}

async function onlyEntry(
  directory: string,
  settings: Partial<StoreSettings> = {},
): Promise<StoreListing['certificates'][number]> {
  const { certificates } = await list(directory, settings);
  expect(certificates).toHaveLength(1);
  return certificates[0] as Identity;
}

function problemCode(entry: StoreListing['certificates'][number]): string | undefined {
  return entry.key === undefined ? entry.problem.code : undefined;
}

function writePair(directory: string, name: string, leaf: TestCertificate): void {
  write(directory, `${name}.crt`, leaf.pem, 0o644);
  write(directory, `${name}.key`, leaf.keyPem);
}

describe('a directory of PEM files', () => {
  it('finds certificate and key in one file, with the issuers that follow', async () => {
    const directory = scratchDirectory();
    const leaf = issuing.issue({ commonName: 'laptop' });
    write(directory, 'device.pem', leaf.pem + leaf.keyPem + issuing.certificate.pem);
    write(directory, 'root.crt', root.certificate.pem, 0o644);
    const { certificates, problems } = await list(directory);
    expect(problems).toEqual([]);
    const device = certificates.find((entry) => entry.label === 'device') as Identity;
    expect(Buffer.from(device.certificate.der)).toEqual(leaf.der);
    expect(device.chain.map((der) => Buffer.from(der))).toEqual([
      issuing.certificate.der,
      root.certificate.der,
    ]);
    expect(device.key).toMatchObject({ protection: 'software', exportable: true });
    expect(device.location).toBe(`file://${directory}/device.pem`);
  });

  it('finds NAME.key beside NAME.crt', async () => {
    const directory = scratchDirectory();
    writePair(directory, 'device', issuing.issue());
    expect((await onlyEntry(directory)).key).toBeDefined();
  });

  it('lets two certificates share one key by its public half', async () => {
    const directory = scratchDirectory();
    const old = issuing.issue();
    const renewed = issuing.issue({ publicKey: old.publicKey });
    writePair(directory, 'device', old);
    write(directory, 'device2.crt', renewed.pem, 0o644);
    const { certificates } = await list(directory);
    expect(certificates.map((entry) => [entry.label, entry.key === undefined])).toEqual([
      ['device', false],
      ['device2', false],
    ]);
  });

  it('reads DER certificates and DER PKCS#8 keys', async () => {
    const directory = scratchDirectory();
    const leaf = issuing.issue({ keyType: 'rsa2048' });
    write(directory, 'device.cer', leaf.der, 0o644);
    const key = leaf.privateKey?.export({ type: 'pkcs8', format: 'der' }) ?? Buffer.alloc(0);
    write(directory, 'device.key', key);
    expect((await onlyEntry(directory)).key).toBeDefined();
  });

  it.each(['pkcs1', 'sec1'] as const)('reads a %s key', async (type) => {
    const directory = scratchDirectory();
    const leaf = issuing.issue({ keyType: type === 'pkcs1' ? 'rsa2048' : 'p256' });
    write(directory, 'a.crt', leaf.pem, 0o644);
    write(directory, 'a.key', leaf.privateKey?.export({ type, format: 'pem' }) ?? '');
    expect((await onlyEntry(directory)).key).toBeDefined();
  });

  it('opens an encrypted PKCS#8 key with the password file, and says so where it cannot', async () => {
    const directory = scratchDirectory();
    const leaf = issuing.issue();
    const encrypted = leaf.privateKey?.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    write(directory, 'a.pem', `${leaf.pem}${String(encrypted)}`);
    const secrets = scratchDirectory();
    const right = write(secrets, 'right', 'open sesame\n');
    const wrong = write(secrets, 'wrong', 'open');
    expect(problemCode(await onlyEntry(directory))).toBe('key_password_required');
    expect(problemCode(await onlyEntry(directory, { pinFile: wrong }))).toBe(
      'key_password_rejected',
    );
    expect((await onlyEntry(directory, { pinFile: right })).key).toBeDefined();
  });

  it('names the weak old encryption of PEM keys instead of calling it junk', async () => {
    const directory = scratchDirectory();
    const pem = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n`;
    write(directory, 'old.key', pem);
    const { problems } = await list(directory);
    expect(problems).toMatchObject([{ code: 'key_unreadable' }]);
    expect(problems[0]?.message).toContain('openssl pkcs8 -topk8');
  });
});

describe('keys that others can get at', () => {
  it.each([0o640, 0o604, 0o620, 0o602, 0o610])(
    'are not used when the file has mode %o, while the certificate is still listed',
    async (mode) => {
      const directory = scratchDirectory();
      const leaf = issuing.issue();
      write(directory, 'a.crt', leaf.pem, 0o644);
      write(directory, 'a.key', leaf.keyPem, mode);
      const entry = await onlyEntry(directory);
      expect(problemCode(entry)).toBe('key_file_permissions');
      expect(entry.key === undefined && entry.problem.message).toContain(mode.toString(8));
    },
  );

  it('are not used when others may write to the directory, unless it is sticky', async () => {
    const parent = path.join(scratchDirectory(), 'parent');
    const directory = path.join(parent, 'keys');
    mkdirSync(directory, { recursive: true });
    writePair(directory, 'a', issuing.issue());
    chmodSync(parent, 0o777);
    const entry = await onlyEntry(directory);
    expect(problemCode(entry)).toBe('key_file_permissions');
    expect(entry.key === undefined && entry.problem.message).toContain(parent);
    chmodSync(parent, 0o1777);
    expect((await onlyEntry(directory)).key).toBeDefined();
  });

  it('are judged where a symbolic link leads, not where it stands', async () => {
    const directory = scratchDirectory();
    const open = path.join(scratchDirectory(), 'open');
    mkdirSync(open);
    const leaf = issuing.issue();
    write(directory, 'a.crt', leaf.pem, 0o644);
    symlinkSync(write(open, 'target.key', leaf.keyPem), path.join(directory, 'a.key'));
    expect((await onlyEntry(directory)).key).toBeDefined();
    chmodSync(open, 0o777);
    expect(problemCode(await onlyEntry(directory))).toBe('key_file_permissions');
  });

  it('are refused at once when a file that was private becomes readable', async () => {
    const directory = scratchDirectory();
    writePair(directory, 'a', issuing.issue());
    const store = openCertificateStore({ uri: directory });
    const identity = (await store.list()).certificates[0] as Identity;
    chmodSync(path.join(directory, 'a.key'), 0o644);
    await expect(identity.signer.sign('ES256', message)).rejects.toMatchObject({
      code: 'key_file_permissions',
    });
  });
});

describe('PFX files', () => {
  function pfx(directory: string, leaf: TestCertificate, extra: readonly string[]): void {
    const work = scratchDirectory();
    const certificate = write(work, 'c.pem', leaf.pem);
    const key = write(work, 'k.pem', leaf.keyPem);
    const issuers = write(work, 'i.pem', issuing.certificate.pem + root.certificate.pem);
    const out = path.join(directory, 'device.p12');
    execFileSync('openssl', [
      ...['pkcs12', '-export', '-in', certificate, '-inkey', key, '-certfile', issuers],
      ...['-out', out, '-passout', 'pass:geheim', ...extra],
    ]);
    chmodSync(out, 0o600);
  }

  it.each(
    (['rsa2048', 'p256', 'p384', 'p521'] as const).flatMap((keyType) =>
      [[], ['-legacy']].map((extra) => ({ keyType, extra })),
    ),
  )('with a $keyType key open, made with $extra', async ({ keyType, extra }) => {
    const directory = scratchDirectory();
    const leaf = issuing.issue({ keyType });
    pfx(directory, leaf, extra);
    const pinFile = write(scratchDirectory(), 'password', 'geheim\n');
    const entry = (await onlyEntry(directory, { pinFile })) as Identity;
    expect(Buffer.from(entry.certificate.der)).toEqual(leaf.der);
    expect(entry.chain.map((der) => Buffer.from(der))).toEqual([
      issuing.certificate.der,
      root.certificate.der,
    ]);
    const algorithm = entry.signer.algorithms[0] ?? 'EdDSA';
    expect((await entry.signer.sign(algorithm, message)).length).toBeGreaterThan(60);
  });

  it('are reported where the password is missing or wrong', async () => {
    const directory = scratchDirectory();
    pfx(directory, issuing.issue(), []);
    const pinFile = write(scratchDirectory(), 'password', 'falsch\n');
    expect((await list(directory)).problems).toMatchObject([{ code: 'key_password_required' }]);
    expect((await list(directory, { pinFile })).problems).toMatchObject([
      { code: 'key_password_rejected' },
    ]);
  });

  it('whose content is in the clear are held to their MAC', async () => {
    const directory = scratchDirectory();
    pfx(directory, issuing.issue(), ['-keypbe', 'NONE', '-certpbe', 'NONE']);
    const [right, wrong] = ['geheim', 'falsch'].map((password) =>
      write(scratchDirectory(), 'password', password),
    );
    expect((await onlyEntry(directory, { pinFile: right })).key).toBeDefined();
    expect((await list(directory, { pinFile: wrong })).problems).toMatchObject([
      { code: 'key_password_rejected' },
    ]);
  });

  it('that ask for endless key derivation are refused before any is done', async () => {
    const directory = scratchDirectory();
    pfx(directory, issuing.issue(), ['-iter', '300001']);
    const pinFile = write(scratchDirectory(), 'password', 'geheim\n');
    const { problems } = await list(directory, { pinFile });
    expect(problems).toMatchObject([{ code: 'key_unreadable' }]);
    expect(problems[0]?.message).toContain('rounds of key derivation');
  });

  it('that are damaged anywhere are answered with a code, never with a crash', () => {
    const directory = scratchDirectory();
    pfx(directory, issuing.issue(), ['-nomac', '-iter', '1']);
    const whole = readFileSync(path.join(directory, 'device.p12'));
    const codes = new Set<unknown>();
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      codes.add(codeOf(() => readPfx(damaged, 'geheim')));
      codes.add(codeOf(() => readPfx(whole.subarray(0, at), 'geheim')));
    }
    codes.delete(undefined);
    expect([...codes].sort()).toEqual(['key_password_rejected', 'key_unreadable']);
  });

  it('that others can read give up their certificate, not their key', async () => {
    const directory = scratchDirectory();
    pfx(directory, issuing.issue(), []);
    chmodSync(path.join(directory, 'device.p12'), 0o644);
    const pinFile = write(scratchDirectory(), 'password', 'geheim\n');
    expect(problemCode(await onlyEntry(directory, { pinFile }))).toBe('key_file_permissions');
  });
});

describe('a directory with bad items', () => {
  it('reports each beside the good ones', async () => {
    const directory = scratchDirectory();
    writePair(directory, 'good', issuing.issue());
    write(directory, 'junk.crt', Buffer.from('not a certificate'));
    write(directory, 'cut.pem', issuing.issue().pem.slice(0, 200));
    write(directory, 'junk.p12', Buffer.alloc(5000, 0x30));
    write(directory, 'empty.pem', '');
    write(directory, 'huge.pem', Buffer.alloc(10 << 20, 0x41));
    execFileSync('mkfifo', [path.join(directory, 'pipe.pem')]);
    symlinkSync('/nowhere', path.join(directory, 'dangling.pem'));
    mkdirSync(path.join(directory, 'directory.pem'));
    const { certificates, problems } = await list(directory);
    expect(certificates.map((entry) => entry.label)).toEqual(['good']);
    expect(
      problems.map(({ location, code }) => [path.basename(new URL(location).pathname), code]),
    ).toEqual([
      ['cut.pem', 'certificate_unreadable'],
      ['empty.pem', 'certificate_unreadable'],
      ['huge.pem', 'store_too_large'],
      ['junk.crt', 'certificate_unreadable'],
      ['junk.p12', 'key_unreadable'],
      ['pipe.pem', 'certificate_unreadable'],
    ]);
  });

  it('says which key is wrong, missing or without a certificate', async () => {
    const directory = scratchDirectory();
    write(directory, 'alone.crt', issuing.issue().pem, 0o644);
    write(directory, 'mixed.crt', issuing.issue().pem, 0o644);
    write(directory, 'mixed.key', issuing.issue().keyPem);
    write(directory, 'nobody.key', issuing.issue().keyPem);
    const { certificates, problems } = await list(directory);
    expect(certificates.map((entry) => [entry.label, problemCode(entry)])).toEqual([
      ['alone', 'key_not_found'],
      ['mixed', 'key_mismatch'],
    ]);
    expect(problems).toEqual([]);
  });

  it('reads only so many files, and says so', async () => {
    const directory = scratchDirectory();
    for (let i = 0; i < 1001; i++) write(directory, `f${String(i).padStart(4, '0')}.pem`, '');
    const { problems } = await list(directory);
    expect(problems[0]?.code).toBe('store_too_large');
    expect(problems).toHaveLength(1001);
  });

  it('cannot be read as a store where it does not exist', async () => {
    const missing = path.join(scratchDirectory(), 'missing');
    await expect(list(missing)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: `The directory ${missing} does not exist.`,
    });
  });
});

describe('a store that changes', () => {
  it('is seen afresh by each listing', async () => {
    const directory = scratchDirectory();
    const store = openCertificateStore({ uri: directory });
    expect((await store.list()).certificates).toEqual([]);
    writePair(directory, 'a', issuing.issue());
    const before = (await store.list()).certificates[0] as Identity;
    const renewed = issuing.issue({ commonName: 'renewed' });
    write(directory, 'next.crt', renewed.pem, 0o644);
    renameSync(path.join(directory, 'next.crt'), path.join(directory, 'a.crt'));
    write(directory, 'a.key', renewed.keyPem);
    const after = (await store.list()).certificates[0] as Identity;
    expect(Buffer.from(before.certificate.der)).not.toEqual(Buffer.from(after.certificate.der));
    expect(Buffer.from(after.certificate.der)).toEqual(renewed.der);
  });

  it('does not sign from memory with a key that was taken away', async () => {
    const directory = scratchDirectory();
    writePair(directory, 'a', issuing.issue());
    const identity = (await onlyEntry(directory)) as Identity;
    await identity.signer.sign('ES256', message);
    rmSync(path.join(directory, 'a.key'));
    const attempt = identity.signer.sign('ES256', message);
    await expect(attempt).rejects.toBeInstanceOf(KeystoreError);
    await expect(attempt).rejects.toMatchObject({ code: 'key_not_found' });
  });
});
