/** The proof's certificate, algorithm and signature (docs/protocol.md, checks "algorithm" and "signature"). */
import { constants, createHash } from 'node:crypto';
import type { SignatureAlgorithm } from '../core/index.ts';
import {
  PkiError,
  parseCertificate,
  signatureAlgorithmsFor,
  type Certificate,
} from '../pki/index.ts';
import type { Challenge, UnverifiedDeviceProof } from '../protocol/index.ts';
import { VerificationError } from './errors.ts';
import type { CertificateCache } from './certificate-cache.ts';
import { verifySignature } from './verify-signature.ts';

/** The certificates of a proof: the device's own, and what it offers to build a path with. */
export interface ProofCertificates {
  readonly leaf: Certificate;
  readonly offered: readonly Certificate[];
}

/**
 * Reads x5c and checks that x5t#S256 is the leaf's hash (RFC 7515 section 4.1.8).
 *
 * @param cache - of certificates that come again
 * @throws VerificationError
 */
export function readProofCertificates(
  { header }: UnverifiedDeviceProof,
  cache?: CertificateCache,
): ProofCertificates {
  const [leaf, ...offered] = header.certificates;
  const thumbprint = createHash('sha256').update(leaf).digest('base64url');
  if (header.leafThumbprint !== thumbprint) {
    throw new VerificationError('proof_thumbprint_mismatch');
  }
  const read = (der: Uint8Array): Certificate =>
    cache?.read(der, readCertificate) ?? readCertificate(der);
  return {
    leaf: read(leaf),
    offered: offered.map(read),
  };
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new VerificationError('proof_certificate_unreadable', { message: cause.message, cause });
  }
}

/**
 * Checks that the algorithm was offered and fits the leaf's key (RFC 8725 section 3.1).
 *
 * @throws VerificationError
 */
export function checkAlgorithm(
  algorithm: SignatureAlgorithm,
  leaf: Certificate,
  challenge: Challenge,
): void {
  if (!challenge.algorithms.includes(algorithm)) {
    throw new VerificationError('proof_algorithm_not_offered');
  }
  if (!signatureAlgorithmsFor(leaf.publicKey).includes(algorithm)) {
    throw new VerificationError('proof_algorithm_mismatch');
  }
}

/**
 * Checks the proof's signature with the leaf's key (RFC 7515 section 5.2).
 *
 * @throws VerificationError `proof_signature_invalid`
 */
export function checkProofSignature(
  { header, jws }: UnverifiedDeviceProof,
  leaf: Certificate,
): void {
  const { hash, ...options } = parameters[header.algorithm];
  const { signingInput, signature } = jws;
  if (!verifySignature(leaf.publicKey, hash, signingInput, options, signature)) {
    throw new VerificationError('proof_signature_invalid');
  }
}

/** How Node names what each JOSE algorithm is (RFC 7518 section 3, RFC 8037 section 3.1). */
const parameters = {
  ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
  ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  ES512: { hash: 'sha512', dsaEncoding: 'ieee-p1363' },
  EdDSA: { hash: undefined },
  PS256: {
    hash: 'sha256',
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
  RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
} as const;
