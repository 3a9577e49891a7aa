import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { privateKeyFor } from '../../../../src/keystore/pkcs11/match-keys.ts';
import type {
  PrivateKeyReport,
  PublicKeyReport,
} from '../../../../src/keystore/pkcs11/protocol.ts';
import { parsePublicKey, type PublicKey } from '../../../../src/pki/index.ts';
import { der, keyPair } from '../../../testkit/test-ca.ts';

const rsaA = keyPair('rsa2048').publicKey;
const rsaB = keyPair('rsa2048').publicKey;
const ecA = keyPair('p256').publicKey;
const ecB = keyPair('p256').publicKey;

const RSA = 0;
const EC = 3;
const id1 = Uint8Array.of(1);
const id2 = Uint8Array.of(2);
const noId = new Uint8Array(0);

function parsed(key: KeyObject): PublicKey {
  return parsePublicKey(key.export({ type: 'spki', format: 'der' }));
}

function modulusOf(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url');
}

function privateKey(keyType: number, id: Uint8Array, modulus?: Uint8Array): PrivateKeyReport {
  return {
    name: { keyType, id, label: '', modulus },
    sign: true,
    alwaysAuthenticate: false,
    extractable: false,
  };
}

function publicHalf(key: KeyObject, id: Uint8Array, wrapped = true): PublicKeyReport {
  const point = Buffer.from(parsed(key).keyBytes);
  const ecPoint = wrapped ? der(0x04, point) : point;
  return { keyType: EC, id, ecPoint, modulus: undefined };
}

describe('the private key of a certificate', () => {
  it('is the one with its id and type', () => {
    const keys = [privateKey(RSA, id2), privateKey(EC, id1), privateKey(RSA, id1)];
    const token = { privateKeys: keys, publicKeys: [] };
    expect(privateKeyFor(parsed(rsaA), id1, token)).toBe(keys[2]);
    expect(privateKeyFor(parsed(ecA), id1, token)).toBe(keys[1]);
  });

  it('is never one whose visible public half differs', () => {
    const byModulus = { privateKeys: [privateKey(RSA, id1, modulusOf(rsaB))], publicKeys: [] };
    expect(privateKeyFor(parsed(rsaA), id1, byModulus)).toBeUndefined();
    const byPoint = { privateKeys: [privateKey(EC, id1)], publicKeys: [publicHalf(ecB, id1)] };
    expect(privateKeyFor(parsed(ecA), id1, byPoint)).toBeUndefined();
  });

  it('of several with its id is the one whose public half is the certificate’s', () => {
    const keys = [privateKey(RSA, id1), privateKey(RSA, id1, modulusOf(rsaA))];
    expect(privateKeyFor(parsed(rsaA), id1, { privateKeys: keys, publicKeys: [] })).toBe(keys[1]);
  });

  it('is found by its public half where the id is another or none', () => {
    const rsa = privateKey(RSA, id2, Buffer.concat([Buffer.of(0), modulusOf(rsaA)]));
    expect(privateKeyFor(parsed(rsaA), id1, { privateKeys: [rsa], publicKeys: [] })).toBe(rsa);
    expect(privateKeyFor(parsed(rsaA), noId, { privateKeys: [rsa], publicKeys: [] })).toBe(rsa);
    const ec = privateKey(EC, id2);
    for (const wrapped of [true, false]) {
      const publicKeys = [publicHalf(ecA, id2, wrapped)];
      expect(privateKeyFor(parsed(ecA), id1, { privateKeys: [ec], publicKeys })).toBe(ec);
    }
  });

  it('is not guessed where ids are empty and no public half is visible', () => {
    const token = { privateKeys: [privateKey(EC, noId)], publicKeys: [] };
    expect(privateKeyFor(parsed(ecA), noId, token)).toBeUndefined();
  });

  it('is not denied by two public keys that share its id', () => {
    const key = privateKey(EC, id1);
    const publicKeys = [publicHalf(ecB, id1), publicHalf(ecA, id1)];
    expect(privateKeyFor(parsed(ecA), id1, { privateKeys: [key], publicKeys })).toBe(key);
  });

  it('is none for a kind of key that no mechanism here signs with', () => {
    const ed25519 = parsed(keyPair('ed25519').publicKey);
    const token = { privateKeys: [privateKey(EC, id1), privateKey(RSA, id1)], publicKeys: [] };
    expect(privateKeyFor(ed25519, id1, token)).toBeUndefined();
  });
});
