import { sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Pkcs11Signer } from '../../../../src/keystore/pkcs11/pkcs11-signer.ts';
import type { TokenSignature } from '../../../../src/keystore/pkcs11/protocol.ts';
import { parseCertificate } from '../../../../src/pki/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { keyPair, TestCa } from '../../../testkit/test-ca.ts';

const message = Buffer.from('message');

/** A token whose one key can be replaced, and is looked for anew when a test says so. */
class Token {
  readonly signer: Pkcs11Signer;
  key: KeyObject;
  lookup = 'first';

  constructor() {
    const { der, privateKey } = TestCa.root().issue();
    if (privateKey === undefined) throw new Error('no key');
    this.key = privateKey;
    this.signer = new Pkcs11Signer(
      {
        token: { label: 'token', manufacturer: '', model: '', serial: '' },
        key: { keyType: 3, id: Buffer.of(1), label: 'key', modulus: undefined },
        alwaysAuthenticate: false,
        certificate: parseCertificate(der),
      },
      ['ES256'],
      () => Promise.resolve(this.#sign()),
    );
  }

  #sign(): TokenSignature {
    const key = { key: this.key, dsaEncoding: 'ieee-p1363' } as const;
    return { signature: sign('sha256', message, key), keyLookup: this.lookup };
  }
}

describe('a signer with a key in a token', () => {
  it('gives out no first signature that the certificate does not verify', async () => {
    const token = new Token();
    token.key = keyPair('p256').privateKey;
    expect(await codeOfRejection(token.signer.sign('ES256', message))).toBe('key_mismatch');
  });

  it('verifies again once the key was looked for anew', async () => {
    const token = new Token();
    const { key } = token;
    await token.signer.sign('ES256', message);
    token.key = keyPair('p256').privateKey;
    token.lookup = 'second';
    expect(await codeOfRejection(token.signer.sign('ES256', message))).toBe('key_mismatch');
    token.key = key;
    expect(await token.signer.sign('ES256', message)).toHaveLength(64);
  });
});
