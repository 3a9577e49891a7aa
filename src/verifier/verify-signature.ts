/** One signature with Node's crypto, whatever stands around it: a certificate, a CRL or a JWS. */
import { verify, type SigningOptions } from 'node:crypto';
import type { PublicKey } from '../pki/index.ts';
import { importedKey } from './import-public-key.ts';

/**
 * Verifies a signature. Whether the algorithm is good enough, and fits the key, is the caller's to say.
 *
 * @param hash - Node's name of the hash; undefined for Ed25519, which has none
 * @param options - padding, salt length and encoding, as Node names them
 * @returns false also for a key that is not usable here, and a signature that cannot be read
 */
export function verifySignature(
  publicKey: PublicKey,
  hash: string | undefined,
  message: Uint8Array,
  options: SigningOptions,
  signature: Uint8Array,
): boolean {
  const key = importedKey(publicKey);
  if (key === 'unusable' || !hasLengthOfKey(publicKey, signature)) return false;
  try {
    return verify(hash, message, { key, ...options }, signature);
  } catch {
    // OpenSSL raises errors for some signatures that are merely wrong, such as bad encodings.
    return false;
  }
}

/**
 * Whether a signature is as long as its key makes them. An RSA signature has the octets of the modulus
 * (RFC 8017 sections 8.1.2 and 8.2.2, step 1), but OpenSSL takes one of PSS without its leading zeros,
 * and so one signature in several forms. All others say their length themselves, or it is checked.
 */
function hasLengthOfKey({ kind, bits }: PublicKey, signature: Uint8Array): boolean {
  const isRsa = kind === 'rsa' || kind === 'rsa-pss';
  return !isRsa || signature.length === Math.ceil(bits / 8);
}
