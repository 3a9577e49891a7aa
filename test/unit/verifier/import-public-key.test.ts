import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../../src/pki/index.ts';
import { importedKey, importPublicKey } from '../../../src/verifier/import-public-key.ts';
import { der, derOid, keyPair, type TestKeyType } from '../../testkit/test-ca.ts';

describe('importing a public key', () => {
  const kinds: readonly TestKeyType[] = ['rsa2048', 'rsa3072', 'p256', 'p384', 'p521', 'ed25519'];
  const spkiOf = (kind: TestKeyType): Buffer =>
    keyPair(kind).publicKey.export({ type: 'spki', format: 'der' });
  const fromDer = (spki: Buffer) => createPublicKey({ key: spki, format: 'der', type: 'spki' });

  it.each(kinds)('gives what Node reads from its DER: %s', (kind) => {
    const spki = spkiOf(kind);
    expect(importPublicKey(parsePublicKey(spki)).equals(fromDer(spki))).toBe(true);
  });

  it.each([3, 65537, 0x80000001])('takes an RSA key with the exponent %i', (publicExponent) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const key = importPublicKey(parsePublicKey(spki));
    expect(key.equals(publicKey)).toBe(true);
    expect(key.asymmetricKeyDetails?.publicExponent).toBe(BigInt(publicExponent));
  });

  it('takes an RSA-PSS key with its parameters', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha384',
    });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const key = importPublicKey(parsePublicKey(spki));
    expect(key.asymmetricKeyDetails?.hashAlgorithm).toBe('sha384');
  });

  const ecKey = (point: Buffer): Buffer =>
    der(
      0x30,
      der(0x30, derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7')),
      der(0x03, Buffer.of(0), point),
    );

  it.each(['named', 'explicit'] as const)(
    'does not take a key on a curve of its own choice: %s',
    (paramEncoding) => {
      const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1', paramEncoding });
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      expect(fromDer(spki).equals(publicKey)).toBe(true);
      expect(importedKey(parsePublicKey(spki))).toBe('unusable');
    },
  );

  it('takes a compressed point', () => {
    const spki = spkiOf('p256');
    const point = spki.subarray(-65);
    const parity = 2 + ((point[64] ?? 0) & 1);
    const compressed = ecKey(Buffer.concat([Buffer.of(parity), point.subarray(1, 33)]));
    const key = importPublicKey(parsePublicKey(compressed));
    expect(key.export({ format: 'jwk' })).toEqual(fromDer(spki).export({ format: 'jwk' }));
  });

  it('refuses a point that is not on its curve', () => {
    const point = spkiOf('p256').subarray(-65);
    const off = Buffer.concat([point.subarray(0, 64), Buffer.of((point[64] ?? 0) ^ 1)]);
    expect(() => importPublicKey(parsePublicKey(ecKey(off)))).toThrow();
  });
});
