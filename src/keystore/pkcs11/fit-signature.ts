import type { SignatureAlgorithm } from '../../core/index.ts';
import { KeystoreError } from '../errors.ts';

/**
 * Brings a token's signature to the width that JWS wants (RFC 7518 sections 3.3 to 3.5). A token that
 * leaves out octets of zero that r and s both begin with is put right; another shape is refused.
 *
 * @param raw - what the token returned
 * @param width - in bytes: the RSA modulus, or r‖s
 * @throws KeystoreError `signature_failed`
 */
export function fitSignature(
  raw: Uint8Array,
  width: number,
  algorithm: SignatureAlgorithm,
): Uint8Array {
  if (raw.length === width) return raw;
  const narrow = raw.length > 0 && raw.length < width && raw.length % 2 === 0;
  if (!algorithm.startsWith('ES') || !narrow) {
    throw new KeystoreError('signature_failed', {
      message: `The token returned a signature of ${raw.length} bytes where ${algorithm} has ${width}.`,
    });
  }
  const half = raw.length / 2;
  const padded = new Uint8Array(width);
  padded.set(raw.subarray(0, half), width / 2 - half);
  padded.set(raw.subarray(half), width - half);
  return padded;
}
