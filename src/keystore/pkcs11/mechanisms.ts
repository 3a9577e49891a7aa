/** JOSE algorithms in terms of PKCS#11 mechanisms. */
import { createHash } from 'node:crypto';
import { concatBytes, type SignatureAlgorithm } from '../../core/index.ts';
import { signatureAlgorithmsFor, type PublicKey } from '../../pki/index.ts';
import { digestOf } from '../jose-signature.ts';
import { CKG, CKM, mechanismFlags } from './constants.ts';
import type { MechanismReport, PssParameters } from './protocol.ts';

/** What a mechanism needs to sign with an algorithm. */
export interface MechanismInput {
  readonly mechanism: number;
  readonly pss: PssParameters | undefined;
  readonly data: Uint8Array;
}

/** DER of DigestInfo up to the digest itself, for SHA-256 (RFC 8017 section 9.2, note 1). */
const sha256DigestInfo = Uint8Array.of(
  ...[0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01],
  ...[0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20],
);

// The plain mechanisms over a digest made here are the ones that the most tokens have.
const mechanisms: ReadonlyMap<SignatureAlgorithm, number> = new Map<SignatureAlgorithm, number>([
  ['RS256', CKM.RSA_PKCS],
  ['PS256', CKM.RSA_PKCS_PSS],
  ['ES256', CKM.ECDSA],
  ['ES384', CKM.ECDSA],
  ['ES512', CKM.ECDSA],
]);

/** The algorithms that a key can do with a token's mechanisms, best first. */
export function algorithmsOn(
  publicKey: PublicKey,
  offered: readonly MechanismReport[],
): SignatureAlgorithm[] {
  return signatureAlgorithmsFor(publicKey).filter((algorithm) => {
    const mechanism = mechanisms.get(algorithm);
    const found = offered.find((report) => report.mechanism === mechanism);
    if (found === undefined) return false;
    return found.flags === undefined || (found.flags & mechanismFlags.sign) !== 0;
  });
}

/** Prepares a message for the token: hashes it, and for RS256 says with what. */
export function mechanismInput(
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
): MechanismInput | undefined {
  const mechanism = mechanisms.get(algorithm);
  const hash = digestOf(algorithm);
  if (mechanism === undefined || hash === null) return undefined;
  const digest = createHash(hash).update(message).digest();
  return {
    mechanism,
    pss:
      mechanism === CKM.RSA_PKCS_PSS
        ? { hashAlg: CKM.SHA256, mgf: CKG.MGF1_SHA256, saltLen: digest.length }
        : undefined,
    // A Uint8Array of its own: a Buffer's pool would travel along.
    data:
      mechanism === CKM.RSA_PKCS ? concatBytes(sha256DigestInfo, digest) : new Uint8Array(digest),
  };
}
