import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePublicKey, type SignatureScheme } from '../../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../../src/verifier/node-signature-checker.ts';
import { keyPair } from '../../testkit/test-ca.ts';

const message = Buffer.from('what was signed');

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const rsa = keyPair('rsa2048');
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const p256 = keyPair('p256');
const p384 = keyPair('p384');
const ed25519 = keyPair('ed25519');
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });

/** What the checker says of a signature by the key, whatever the scheme calls it. */
function check({ publicKey }: Pair, scheme: SignatureScheme, signature: Buffer) {
  const key = parsePublicKey(publicKey.export({ type: 'spki', format: 'der' }));
  return nodeSignatureChecker.verify({ scheme, publicKey: key, message, signature });
}

const plain = ({ privateKey }: Pair): Buffer => sign('sha256', message, privateKey);
const padded = ({ privateKey }: Pair): Buffer =>
  sign('sha256', message, {
    key: privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  });

const hash = 'SHA-256';
const pkcs1Scheme = { family: 'rsa-pkcs1', hash } as const;
const pssScheme = { family: 'rsa-pss', hash, saltLength: 32 } as const;
const ecdsaScheme = { family: 'ecdsa', hash } as const;
const dsaScheme = { family: 'dsa', hash } as const;
const ed25519Scheme = { family: 'ed25519' } as const;

describe('the signature checker on Node’s crypto', () => {
  it.each([
    ['RSA, PKCS#1 v1.5', rsa, pkcs1Scheme, plain(rsa)],
    ['RSA, PSS', rsa, pssScheme, padded(rsa)],
    ['an RSA-PSS key', pss, pssScheme, padded(pss)],
    ['ECDSA on P-256', p256, ecdsaScheme, plain(p256)],
    ['ECDSA on P-384', p384, ecdsaScheme, plain(p384)],
    ['Ed25519', ed25519, ed25519Scheme, sign(null, message, ed25519.privateKey)],
    ['DSA', dsa, dsaScheme, plain(dsa)],
  ])('takes a right signature, and no wrong one: %s', (_, key, scheme, signature) => {
    expect(check(key, scheme, signature)).toBe(true);
    const wrong = Buffer.from(signature);
    const last = wrong.length - 1;
    wrong.writeUInt8(wrong.readUInt8(last) ^ 1, last);
    expect(check(key, scheme, wrong)).toBe(false);
    expect(check(key, scheme, signature.subarray(0, -1))).toBe(false);
    expect(check(key, scheme, Buffer.alloc(0))).toBe(false);
  });

  // OpenSSL goes by the key, and would take each of these for what it is.
  it.each([
    ['an RSA signature as ECDSA', rsa, ecdsaScheme, plain(rsa)],
    ['an RSA signature as DSA', rsa, dsaScheme, plain(rsa)],
    ['an ECDSA signature as RSA’s', p256, pkcs1Scheme, plain(p256)],
    ['an ECDSA signature as DSA', p256, dsaScheme, plain(p256)],
    ['a DSA signature as ECDSA', dsa, ecdsaScheme, plain(dsa)],
    [
      'a PKCS#1 v1.5 signature under a key for PSS alone',
      pss,
      pkcs1Scheme,
      sign('sha256', message, pss.privateKey),
    ],
  ])('refuses an algorithm of another kind of key: %s', (_, key, scheme, signature) => {
    expect(check(key, scheme, signature)).toBe(false);
  });

  it.each([
    ['RSA', rsa],
    ['RSA-PSS', pss],
  ])('refuses a right signature without its leading zero, for PSS: %s', (_, key) => {
    let signature = padded(key);
    while (signature[0] !== 0) signature = padded(key);
    expect(check(key, pssScheme, signature)).toBe(true);
    expect(check(key, pssScheme, signature.subarray(1))).toBe(false);
  });

  it.each(['named', 'explicit'] as const)(
    'refuses a right signature by a key on another curve than the known ones: %s',
    (paramEncoding) => {
      const key = generateKeyPairSync('ec', { namedCurve: 'secp256k1', paramEncoding });
      expect(check(key, ecdsaScheme, plain(key))).toBe(false);
    },
  );
});
