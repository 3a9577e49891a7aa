/** Public keys as Node's crypto takes them. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { encodeBase64Url } from '../core/index.ts';
import type { PublicKey } from '../pki/index.ts';

/** Each key is imported once for as long as its {@link PublicKey} object lives. */
const imported = new WeakMap<PublicKey, KeyObject | 'unusable'>();

/**
 * Imports a public key once.
 *
 * @returns 'unusable' for a key that cannot be read, is of no known kind, or does not name its curve
 */
export function importedKey(publicKey: PublicKey): KeyObject | 'unusable' {
  let key = imported.get(publicKey);
  if (key === undefined) {
    key = importKey(publicKey);
    imported.set(publicKey, key);
  }
  return key;
}

function importKey(publicKey: PublicKey): KeyObject | 'unusable' {
  if (publicKey.kind === 'unknown') return 'unusable';
  if (publicKey.kind === 'ec' && publicKey.curve === undefined) return 'unusable';
  try {
    return importPublicKey(publicKey);
  } catch {
    return 'unusable';
  }
}

/**
 * Imports a public key. DER goes through OpenSSL's decoders, which take longer than checking a
 * signature does; the usual keys have been read already and go in by their numbers, as JWK.
 *
 * @returns the key; the same whichever way it went
 * @throws Node's error where the key cannot be read
 */
export function importPublicKey(publicKey: PublicKey): KeyObject {
  const jwk = toJwk(publicKey);
  if (jwk !== undefined) return createPublicKey({ key: jwk, format: 'jwk' });
  return createPublicKey({ key: Buffer.from(publicKey.der), format: 'der', type: 'spki' });
}

/** RFC 7518 sections 6.2.1 and 6.3.1; undefined for keys that have no such form, or none at hand. */
function toJwk({ kind, curve, keyBytes }: PublicKey): Record<string, string> | undefined {
  if (kind === 'rsa') {
    const [modulus, exponent] = readIntegers(keyBytes);
    return { kty: 'RSA', n: encodeUnsigned(modulus), e: encodeUnsigned(exponent) };
  }
  if (kind === 'ec' && curve !== undefined && keyBytes[0] === uncompressedPoint) {
    const middle = (keyBytes.length + 1) / 2;
    const [x, y] = [keyBytes.subarray(1, middle), keyBytes.subarray(middle)];
    return { kty: 'EC', crv: curve, x: encodeBase64Url(x), y: encodeBase64Url(y) };
  }
  return undefined;
}

/** SEC 1 section 2.3.3. */
const uncompressedPoint = 4;

/** The two INTEGERs of an RSAPublicKey, which path validation's strict parser has let pass. */
function readIntegers(keyBytes: Uint8Array): [Uint8Array, Uint8Array] {
  const modulus = readContent(keyBytes, headerLength(keyBytes, 0));
  const exponent = readContent(keyBytes, modulus.byteOffset - keyBytes.byteOffset + modulus.length);
  return [modulus, exponent];
}

function readContent(bytes: Uint8Array, at: number): Uint8Array {
  const start = at + headerLength(bytes, at);
  const first = bytes[at + 1] ?? 0;
  let length = first < 0x80 ? first : 0;
  if (first >= 0x80)
    for (const octet of bytes.subarray(at + 2, start)) length = length * 256 + octet;
  return bytes.subarray(start, start + length);
}

/** Tag and length (X.690 section 8.1.3). */
function headerLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

/** RFC 7518 section 2, Base64urlUInt: without the octet that keeps a DER integer positive. */
function encodeUnsigned(integer: Uint8Array): string {
  return encodeBase64Url(integer[0] === 0 ? integer.subarray(1) : integer);
}
