/** JOSE signature algorithms (RFC 7518 section 3, RFC 8037 section 3.1) in terms of node:crypto. */
import { constants, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from '../core/index.ts';
import type { PublicKey } from '../pki/index.ts';

/** What node:crypto must be told to make or check a signature of an algorithm. */
interface JoseSignature {
  /** Digest, or null where the algorithm takes the message itself. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly padding?: number;
  readonly saltLength?: number;
  /** RFC 7518 section 3.4: r‖s of fixed width, not DER. */
  readonly dsaEncoding?: 'ieee-p1363';
}

const joseSignatures: Readonly<Record<SignatureAlgorithm, JoseSignature>> = {
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  ES512: { hash: 'sha512', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: null },
  PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
};

/** The digest of an algorithm, or null where it takes the message itself. */
export function digestOf(algorithm: SignatureAlgorithm): JoseSignature['hash'] {
  return joseSignatures[algorithm].hash;
}

/**
 * Signs off the main thread.
 *
 * @param key - a private key that fits the algorithm
 * @returns the signature as JWS wants it
 */
export function signWithKey(
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  key: KeyObject,
): Promise<Uint8Array> {
  const { hash, ...options } = joseSignatures[algorithm];
  return new Promise((resolve, reject) => {
    sign(hash, message, { key, ...options }, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

/** Checks a signature in JWS form against a certificate's public key. */
export function verifyWithPublicKey(
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  publicKey: PublicKey,
  signature: Uint8Array,
): boolean {
  const { hash, ...options } = joseSignatures[algorithm];
  try {
    return verify(hash, message, { key: publicKeyObject(publicKey), ...options }, signature);
  } catch {
    return false;
  }
}

/**
 * @returns the key as node:crypto holds it
 * @throws Error where OpenSSL does not know such keys
 */
export function publicKeyObject(publicKey: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.from(publicKey.der), format: 'der', type: 'spki' });
}

/** Width in bytes of a signature by this key, in JWS form: RSA's modulus, or r‖s. */
export function signatureWidth(publicKey: PublicKey): number {
  const width = Math.ceil(publicKey.bits / 8);
  return publicKey.kind === 'rsa' || publicKey.kind === 'rsa-pss' ? width : 2 * width;
}
