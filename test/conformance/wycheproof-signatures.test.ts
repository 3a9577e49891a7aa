/**
 * Signature edge cases in the manner of Project Wycheproof, for every algorithm that certificates
 * may be signed with: what must verify does, and each classic forgery and encoding trick does not.
 */
import {
  constants,
  createHash,
  generateKeyPairSync,
  privateEncrypt,
  sign,
  type KeyObject,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  parsePublicKey,
  type PublicKey,
  type SignatureHash,
  type SignatureScheme,
} from '../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../src/verifier/node-signature-checker.ts';
import { der, derInteger, derOid } from '../testkit/pki-builder.ts';

const message = Buffer.from('a message that somebody signed');

interface Key {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

function keyOf({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): Key {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { publicKey: parsePublicKey(spki), privateKey };
}

function verifies(key: Key, scheme: SignatureScheme, signature: Uint8Array): boolean {
  return nodeSignatureChecker.verify({
    scheme,
    publicKey: key.publicKey,
    message,
    signature,
  }) as boolean;
}

const hashes = [
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
] as const;

/** The last bit of a signature flipped. */
function flipped(signature: Buffer): Buffer {
  const copy = Buffer.from(signature);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

describe.each([
  ['P-256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    'P-384',
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  [
    'P-521',
    0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ],
])('ECDSA over %s', (namedCurve, order) => {
  const key = keyOf(generateKeyPairSync('ec', { namedCurve }));
  const integer = (value: bigint): Buffer => {
    const hex = value.toString(16);
    const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    return der(2, (octets[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets);
  };
  const good = sign('sha256', message, key.privateKey);
  const [r, s] = readPair(good);
  const scheme: SignatureScheme = { family: 'ecdsa', hash: 'SHA-256' };

  it.each(hashes)('accepts %s', (hash, digest) => {
    const signature = sign(digest, message, key.privateKey);
    expect(verifies(key, { family: 'ecdsa', hash }, signature)).toBe(true);
    expect(verifies(key, { family: 'ecdsa', hash }, flipped(signature))).toBe(false);
  });

  it('accepts the other square root, which ECDSA allows', () => {
    expect(verifies(key, scheme, der(0x30, integer(r), integer(order - s)))).toBe(true);
  });

  it.each([
    ['r = 0', der(0x30, derInteger(0), integer(s))],
    ['s = 0', der(0x30, integer(r), derInteger(0))],
    ['r = s = 0', der(0x30, derInteger(0), derInteger(0))],
    ['r = s = 1', der(0x30, derInteger(1), derInteger(1))],
    ['r = n', der(0x30, integer(order), integer(s))],
    ['r + n', der(0x30, integer(r + order), integer(s))],
    ['s + n', der(0x30, integer(r), integer(s + order))],
    ['r twice', der(0x30, integer(r), integer(r))],
    ['r and s the other way round', der(0x30, integer(s), integer(r))],
    ['r negative', der(0x30, der(2, Buffer.of(0xff)), integer(s))],
    ['no octet', Buffer.alloc(0)],
    ['an empty sequence', der(0x30)],
    ['r alone', der(0x30, integer(r))],
    ['a third integer', der(0x30, integer(r), integer(s), derInteger(0))],
    ['junk behind it', Buffer.concat([good, Buffer.of(0)])],
    ['junk within', der(0x30, integer(r), integer(s), der(5))],
    [
      'an indefinite length',
      Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(headerOf(good)), Buffer.alloc(2)]),
    ],
    ['leading zeros', der(0x30, der(2, Buffer.alloc(2), integer(r).subarray(2)), integer(s))],
    ['a set instead of a sequence', der(0x31, integer(r), integer(s))],
    ['one octet missing', good.subarray(0, -1)],
    [
      'the form of JOSE',
      sign('sha256', message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }),
    ],
  ])('refuses %s', (_, signature) => {
    expect(verifies(key, scheme, signature)).toBe(false);
  });

  it('refuses another hash and another family', () => {
    expect(verifies(key, { family: 'ecdsa', hash: 'SHA-384' }, good)).toBe(false);
    for (const family of ['rsa-pkcs1', 'dsa'] as const) {
      expect(verifies(key, { family, hash: 'SHA-256' }, good)).toBe(false);
    }
    expect(verifies(key, { family: 'ed25519' }, good)).toBe(false);
  });
});

function headerOf(signature: Buffer): number {
  return (signature[1] ?? 0) < 0x80 ? 2 : 3;
}

function readPair(signature: Buffer): [bigint, bigint] {
  const values: bigint[] = [];
  for (let i = headerOf(signature); i < signature.length;) {
    const length = signature[i + 1] ?? 0;
    values.push(BigInt(`0x${signature.subarray(i + 2, i + 2 + length).toString('hex')}`));
    i += 2 + length;
  }
  return [values[0] ?? 0n, values[1] ?? 0n];
}

describe('RSA PKCS#1 v1.5', () => {
  const key = keyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
  // With the exponent 3, sloppy checks of the padding are forgeable (Bleichenbacher 2006).
  const lowExponent = keyOf(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }));
  const scheme: SignatureScheme = { family: 'rsa-pkcs1', hash: 'SHA-256' };
  const digest = createHash('sha256').update(message).digest();
  const sha256 = derOid('2.16.840.1.101.3.4.2.1');
  const digestInfo = der(0x30, der(0x30, sha256, der(5)), der(4, digest));
  const raw = (encoded: Buffer): Buffer =>
    privateEncrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
  const encode = (info: Buffer, type = 1, fill = 0xff, tail = Buffer.alloc(0)): Buffer => {
    const padding = Buffer.alloc(256 - 3 - info.length - tail.length, fill);
    return raw(Buffer.concat([Buffer.of(0, type), padding, Buffer.of(0), info, tail]));
  };
  const good = sign('sha256', message, key.privateKey);

  it.each(hashes)('accepts %s', (hash, name) => {
    const signature = sign(name, message, key.privateKey);
    expect(verifies(key, { family: 'rsa-pkcs1', hash }, signature)).toBe(true);
    expect(verifies(key, { family: 'rsa-pkcs1', hash }, flipped(signature))).toBe(false);
  });

  it('accepts what this test itself encodes', () => {
    expect(encode(digestInfo).equals(good)).toBe(true);
  });

  it.each([
    ['block type 0', encode(digestInfo, 0, 0)],
    ['block type 2', encode(digestInfo, 2)],
    ['padding that is not FF', encode(digestInfo, 1, 0xfe)],
    ['junk behind the digest', encode(digestInfo, 1, 0xff, Buffer.alloc(20, 1))],
    [
      'padding of eight octets and junk',
      encode(digestInfo, 1, 0xff, Buffer.alloc(256 - 3 - 8 - digestInfo.length, 1)),
    ],
    ['no padding', raw(Buffer.concat([Buffer.alloc(256 - digestInfo.length), digestInfo]))],
    ['a bare digest', encode(digest)],
    [
      'another hash’s identifier',
      encode(der(0x30, der(0x30, derOid('2.16.840.1.101.3.4.2.2'), der(5)), der(4, digest))),
    ],
    ['parameters that are not NULL', encode(der(0x30, der(0x30, sha256, der(4)), der(4, digest)))],
    [
      'a long length',
      encode(Buffer.concat([Buffer.of(0x30, 0x81, digestInfo.length - 2), digestInfo.subarray(2)])),
    ],
    ['a leading zero', Buffer.concat([Buffer.of(0), good])],
    ['one octet missing', good.subarray(0, -1)],
    ['no octet', Buffer.alloc(0)],
    ['zero', Buffer.alloc(256)],
    ['one', Buffer.concat([Buffer.alloc(255), Buffer.of(1)])],
    ['a number above the modulus', Buffer.alloc(256, 0xff)],
    [
      'a PSS signature',
      sign('sha256', message, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
    ],
  ])('refuses %s', (_, signature) => {
    expect(verifies(key, scheme, signature)).toBe(false);
  });

  it('refuses a cube root with junk behind the digest', () => {
    const prefix = Buffer.concat([Buffer.of(0, 1, 0xff, 0), digestInfo]);
    const goal = Buffer.concat([prefix, Buffer.alloc(256 - prefix.length, 0xff)]);
    const root = cubeRoot(BigInt(`0x${goal.toString('hex')}`))
      .toString(16)
      .padStart(512, '0');
    const forged = Buffer.from(root, 'hex');
    expect(verifies(lowExponent, scheme, forged)).toBe(false);
    expect(verifies(lowExponent, scheme, sign('sha256', message, lowExponent.privateKey))).toBe(
      true,
    );
  });
});

/** The largest integer whose cube is at most n. */
function cubeRoot(n: bigint): bigint {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(n.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle * middle * middle <= n) low = middle;
    else high = middle - 1n;
  }
  return low;
}

describe('RSA PSS', () => {
  const key = keyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const pssKey = keyOf(
    generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha256',
      // A number, whatever the type declaration says.
      saltLength: 32 as unknown as string,
    }),
  );
  const make = (signer: Key, digest: string, saltLength: number): Buffer =>
    sign(digest, message, {
      key: signer.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });
  const pss = (hash: SignatureHash, saltLength: number): SignatureScheme => ({
    family: 'rsa-pss',
    hash,
    saltLength,
  });

  it.each(hashes)('accepts %s with the stated salt length only', (hash, digest) => {
    for (const saltLength of [0, 20, 32]) {
      const signature = make(key, digest, saltLength);
      expect(verifies(key, pss(hash, saltLength), signature)).toBe(true);
      expect(verifies(key, pss(hash, saltLength + 1), signature)).toBe(false);
      expect(verifies(key, pss(hash, saltLength), flipped(signature))).toBe(false);
    }
  });

  it('refuses another hash, PKCS#1 v1.5, and impossible salts', () => {
    const signature = make(key, 'sha256', 32);
    expect(verifies(key, pss('SHA-384', 32), signature)).toBe(false);
    expect(verifies(key, { family: 'rsa-pkcs1', hash: 'SHA-256' }, signature)).toBe(false);
    expect(verifies(key, pss('SHA-256', 10_000), signature)).toBe(false);
    expect(verifies(key, pss('SHA-256', 32), sign('sha256', message, key.privateKey))).toBe(false);
  });

  it('holds an id-RSASSA-PSS key to PSS', () => {
    expect(pssKey.publicKey.kind).toBe('rsa-pss');
    expect(verifies(pssKey, pss('SHA-256', 32), make(pssKey, 'sha256', 32))).toBe(true);
    const pkcs1 = { family: 'rsa-pkcs1', hash: 'SHA-256' } as const;
    expect(verifies(pssKey, pkcs1, make(pssKey, 'sha256', 32))).toBe(false);
  });
});

describe('Ed25519', () => {
  const key = keyOf(generateKeyPairSync('ed25519'));
  const scheme: SignatureScheme = { family: 'ed25519' };
  const good = sign(null, message, key.privateKey);
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(good.subarray(32)).reverse().toString('hex')}`);
  const withS = (value: bigint): Buffer => {
    const octets = Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
    return Buffer.concat([good.subarray(0, 32), octets]);
  };

  it('accepts a signature', () => {
    expect(verifies(key, scheme, good)).toBe(true);
    expect(withS(s).equals(good)).toBe(true);
  });

  it.each([
    ['s + L, the malleable twin (RFC 8032 section 5.1.7)', withS(s + order)],
    ['s = 0', withS(0n)],
    ['all zeros', Buffer.alloc(64)],
    ['R changed', Buffer.concat([flipped(good.subarray(0, 32)), good.subarray(32)])],
    ['s changed', flipped(good)],
    ['an octet more', Buffer.concat([good, Buffer.of(0)])],
    ['an octet less', good.subarray(0, -1)],
    ['no octet', Buffer.alloc(0)],
  ])('refuses %s', (_, signature) => {
    expect(verifies(key, scheme, signature)).toBe(false);
  });
});

describe('DSA, where an anchor’s policy allows it', () => {
  const key = keyOf(generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }));
  const scheme: SignatureScheme = { family: 'dsa', hash: 'SHA-256' };
  const good = sign('sha256', message, key.privateKey);

  it('accepts a signature and refuses what is not one', () => {
    expect(verifies(key, scheme, good)).toBe(true);
    const [r, s] = [derInteger(0), derInteger(0)];
    for (const bad of [flipped(good), der(0x30, r, s), Buffer.alloc(0), good.subarray(0, -1)]) {
      expect(verifies(key, scheme, bad)).toBe(false);
    }
  });
});

describe('keys that cannot be used', () => {
  it('verify nothing where a good key spells out a good curve (CVE-2020-0601)', () => {
    const key = keyOf(
      generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }),
    );
    const signature = sign('sha256', message, key.privateKey);
    expect(verifies(key, { family: 'ecdsa', hash: 'SHA-256' }, signature)).toBe(false);
  });

  it.each([
    [
      'a point that is not on its curve',
      ecSpki(derOid('1.2.840.10045.3.1.7'), Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])),
    ],
    ['a curve that the key spells out', ecSpki(der(0x30, derInteger(1)), Buffer.alloc(65, 4))],
    ['a curve nobody knows', ecSpki(derOid('1.2.3'), Buffer.alloc(65, 4))],
    ['an algorithm nobody knows', der(0x30, der(0x30, derOid('1.2.3')), der(3, Buffer.of(0, 1)))],
  ])('verify nothing: %s', (_, spki) => {
    const publicKey = parsePublicKey(spki);
    for (const family of ['ecdsa', 'dsa', 'rsa-pkcs1'] as const) {
      const scheme = { family, hash: 'SHA-256' } as const;
      const signature = der(0x30, derInteger(1), derInteger(1));
      expect(nodeSignatureChecker.verify({ scheme, publicKey, message, signature })).toBe(false);
    }
  });
});

function ecSpki(parameters: Buffer, point: Buffer): Buffer {
  const algorithm = der(0x30, derOid('1.2.840.10045.2.1'), parameters);
  return der(0x30, algorithm, der(3, Buffer.of(0), point));
}
