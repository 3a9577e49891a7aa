/**
 * Which certificate of the device answers a challenge, and why each other one does not. A pure
 * function, from whose one result the agent, the CLI, the log and the audit log all tell.
 */
import { toHex, type SignatureAlgorithm } from '../core/index.ts';
import type { Identity, StoredCertificate } from '../keystore/index.ts';
import { oids, type Certificate } from '../pki/index.ts';
import { declineReasons, type Challenge, type DeclineCode } from '../protocol/index.ts';
import { issuerMatch, type IssuerMatch } from './issuer-match.ts';
import { keyProblemCodes } from './decline-code.ts';

/** What the server accepts. */
export type SelectionCriteria = Pick<
  Challenge,
  'authorityKeyIdentifiers' | 'issuerNames' | 'algorithms'
>;

/** Reasons besides {@link declineReasons} for which a certificate is not chosen. */
export const selectionReasons = {
  identity_not_preferred:
    'This certificate would do; another one is preferred (key in hardware first, then the newest).',
  certificate_of_authority: 'This is the certificate of an authority, not of a device.',
} as const;

/** Why a certificate was not chosen. */
export type RejectionCode = DeclineCode | keyof typeof selectionReasons;

/** A certificate that was not chosen. */
export interface RejectedCertificate {
  readonly certificate: StoredCertificate;
  readonly code: RejectionCode;
  /** A sentence for people. */
  readonly message: string;
}

/** The identity that answers, and what it signs with. */
export interface ChosenIdentity {
  readonly identity: Identity;
  readonly algorithm: SignatureAlgorithm;
}

/** What came of a selection. */
export interface Selection {
  readonly chosen: ChosenIdentity | undefined;
  readonly rejected: readonly RejectedCertificate[];
}

/**
 * Chooses the identity that answers a challenge.
 *
 * A certificate can answer where, in this order: it is no authority's own; it was issued by an authority that the server
 * accepts, directly or through its chain (by key identifier, RFC 5280 section 4.2.1.1, or by name); it
 * is valid now (section 4.1.2.5); it is made for client authentication (sections 4.2.1.3, 4.2.1.12);
 * its key is usable; the key signs with an algorithm that the server accepts. Where several can, the
 * preferred one is, in this order: whose issuer is known by its key rather than its name alone; whose
 * key is in hardware; which became valid last, since that is the renewed one; which is valid longest;
 * whose DER sorts first.
 *
 * @param certificates - what the stores hold
 * @param criteria - what the server accepts
 * @param now - the present moment
 */
export function selectIdentity(
  certificates: readonly StoredCertificate[],
  criteria: SelectionCriteria,
  now: Date,
): Selection {
  const rejected: RejectedCertificate[] = [];
  const candidates: Candidate[] = [];
  for (const certificate of certificates) {
    const outcome = examine(certificate, criteria, now);
    if (typeof outcome === 'object') candidates.push(outcome);
    else rejected.push(rejection(certificate, outcome));
  }
  const [best, ...others] = candidates.sort(byPreference);
  for (const { identity } of others) rejected.push(rejection(identity, 'identity_not_preferred'));
  return {
    chosen: best && { identity: best.identity, algorithm: best.algorithm },
    rejected,
  };
}

interface Candidate extends ChosenIdentity {
  readonly match: IssuerMatch;
}

function examine(
  stored: StoredCertificate,
  criteria: SelectionCriteria,
  now: Date,
): Candidate | RejectionCode {
  const { certificate } = stored;
  if (certificate.basicConstraints?.ca === true) return 'certificate_of_authority';
  const match = issuerMatch(certificate, stored.chain, criteria);
  if (match === undefined) return 'device_issuer_untrusted';
  if (now < certificate.notBefore) return 'device_certificate_not_yet_valid';
  if (now > certificate.notAfter) return 'device_certificate_expired';
  if (!servesClientAuthentication(certificate)) return 'device_certificate_purpose';
  if (stored.key === undefined) return keyProblemCodes[stored.problem.code];
  // The server's list is in its order of preference.
  const algorithm = criteria.algorithms.find((name) => stored.signer.algorithms.includes(name));
  if (algorithm === undefined) return 'device_algorithm_unsupported';
  return { identity: stored, algorithm, match };
}

/** RFC 5280 sections 4.2.1.3 and 4.2.1.12: an absent extension restricts nothing. */
function servesClientAuthentication(certificate: Certificate): boolean {
  const { keyUsage, extendedKeyUsage } = certificate;
  const signs = keyUsage === undefined || keyUsage.has('digitalSignature');
  const purpose =
    extendedKeyUsage === undefined ||
    extendedKeyUsage.includes(oids.clientAuth) ||
    extendedKeyUsage.includes(oids.anyExtendedKeyUsage);
  return signs && purpose;
}

function byPreference(a: Candidate, b: Candidate): number {
  const [x, y] = [a.identity.certificate, b.identity.certificate];
  return (
    Number(b.match === 'key') - Number(a.match === 'key') ||
    protectionRank[b.identity.key.protection] - protectionRank[a.identity.key.protection] ||
    y.notBefore.getTime() - x.notBefore.getTime() ||
    y.notAfter.getTime() - x.notAfter.getTime() ||
    (toHex(x.der) < toHex(y.der) ? -1 : 1)
  );
}

const protectionRank = { hardware: 2, unknown: 1, software: 0 } as const;

function rejection(stored: StoredCertificate, code: RejectionCode): RejectedCertificate {
  return { certificate: stored, code, message: whyRejected(stored, code) };
}

function whyRejected(stored: StoredCertificate, code: RejectionCode): string {
  if (code === 'identity_not_preferred' || code === 'certificate_of_authority') {
    return selectionReasons[code];
  }
  const { notBefore, notAfter } = stored.certificate;
  switch (code) {
    case 'device_certificate_expired':
      return `${declineReasons[code]} It was valid until ${notAfter.toISOString()}.`;
    case 'device_certificate_not_yet_valid':
      return `${declineReasons[code]} It is valid from ${notBefore.toISOString()}.`;
    default:
      // Only a key's problem has more to say than the code's own sentence.
      return stored.key === undefined && code === keyProblemCodes[stored.problem.code]
        ? stored.problem.message
        : declineReasons[code];
  }
}
