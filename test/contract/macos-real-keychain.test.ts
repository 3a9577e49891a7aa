/** On a real Mac: a temporary file keychain through the store contract. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openCertificateStore, type CertificateStore } from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { describeOn } from '../testkit/require-component.ts';
import { TemporaryKeychain } from '../testkit/temporary-keychain.ts';
import { keyPair, TestCa } from '../testkit/test-ca.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

const issuing = TestCa.root().issueCa({ commonName: 'issuer' });

describeOn('darwin', 'a file keychain of this Mac', () => {
  const keys = new Map<string, ReturnType<typeof keyPair>>();
  let keychain: TemporaryKeychain;

  function pair(label: string): ReturnType<typeof keyPair> {
    const found = keys.get(label);
    if (found === undefined) throw new Error(`no ${label}`);
    return found;
  }

  function add(label: string): void {
    const { publicKey, privateKey } = pair(label);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    keychain.addIdentity(key, issuing.issue({ publicKey, commonName: label }).pem);
    keychain.allowThisProgram();
  }

  describeCertificateStore('a temporary keychain', {
    start: () => {
      keychain = new TemporaryKeychain();
    },
    open: () => openCertificateStore({ uri: `macos:${keychain.path}` }),
    addIdentity: (label, keyType) => {
      keys.set(label, keyPair(keyType));
      add(label);
    },
    addRenewal: (label, of) => {
      const { publicKey } = pair(of);
      keychain.addCertificate(issuing.issue({ publicKey, commonName: label }).pem);
    },
    addCertificateWithoutKey: (label) => {
      keychain.addCertificate(issuing.issue({ commonName: label }).pem);
    },
    addKeyWithoutCertificate: (label) => {
      keys.set(label, keyPair('p256'));
      add(label);
      keychain.removeCertificate(label);
    },
    // A keychain pairs a certificate with a key by the public key: there is no mismatch to be had.
    addMismatch: (label) => {
      keychain.addCertificate(issuing.issue({ commonName: label }).pem);
    },
    addIssuer: () => {
      keychain.addCertificate(issuing.certificate.pem);
    },
    removeKey: (label) => {
      keychain.removeIdentity(label);
    },
    stop: () => {
      keychain.dispose();
    },
  });
});

describeOn('darwin', 'a key that this program may not use', () => {
  let keychain: TemporaryKeychain;
  let store: CertificateStore;

  beforeAll(() => {
    keychain = new TemporaryKeychain();
    const { pem, keyPem } = issuing.issue({ commonName: 'device' });
    keychain.addIdentity(keyPem, pem);
    store = openCertificateStore({ uri: `macos:${keychain.path}` });
  });

  afterAll(async () => {
    await store.close();
    keychain.dispose();
  });

  async function sign(): Promise<Uint8Array> {
    const [identity] = (await store.list()).certificates;
    if (identity?.key === undefined) throw new Error('no identity');
    return identity.signer.sign('ES256', Buffer.from('message'));
  }

  it('says so while the partition list does not have the program, and opens no dialog', async () => {
    expect(await codeOfRejection(sign())).toBe('key_not_permitted');
  });

  it('signs once the partition list has it', async () => {
    keychain.allowThisProgram();
    expect(await sign()).toHaveLength(64);
  });

  it('is listed while its keychain is locked, and then wants the user', async () => {
    keychain.lock();
    expect(await codeOfRejection(sign())).toBe('user_interaction_required');
    keychain.unlock();
    expect(await sign()).toHaveLength(64);
  });
});
