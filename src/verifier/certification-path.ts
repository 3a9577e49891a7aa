/** The checks "path", "purpose" and "revocation": what path validation says of the certificate. */
import {
  findCertificationPath,
  trustAnchorFromCertificate,
  type CertificateRevocation,
  type CertificationPath,
  type PathAttempt,
  type PathResult,
  type PathRuleCode,
} from '../pki/index.ts';
import type { CertificateSummary, RefusedPath, RevocationSummary } from '../protocol/index.ts';
import { summarizeCertificate } from './certificate-summary.ts';
import { nodeSignatureChecker } from './node-signature-checker.ts';
import { deviceKeyUsages, devicePurposes } from './purpose.ts';
import type { ProofCertificates } from './signature.ts';
import type { VerificationRequest } from './verification-request.ts';

/**
 * Looks for a path from the device's certificate to one of the trusted authorities. What the proof
 * offers are intermediates, trusted for nothing.
 */
export function findPath(
  { leaf, offered }: ProofCertificates,
  request: VerificationRequest,
): Promise<PathResult> {
  return findCertificationPath({
    target: leaf,
    intermediates: offered,
    anchors: request.authorities.map(({ certificate, settings }) =>
      trustAnchorFromCertificate(certificate, settings),
    ),
    time: request.now,
    checker: request.checker ?? nodeSignatureChecker,
    requiredPurposes: devicePurposes,
    requiredKeyUsages: deviceKeyUsages,
    revocation: request.revocation,
  });
}

/** Which of the protocol's checks a rule of path validation belongs to. */
export function checkOfRule(code: PathRuleCode): 'path' | 'purpose' | 'revocation' {
  switch (code) {
    case 'key_usage_not_allowed':
    case 'purpose_not_allowed':
      return 'purpose';
    case 'certificate_revoked':
    case 'revocation_status_unknown':
      return 'revocation';
    default:
      return 'path';
  }
}

/** The path's certificates and its anchor's, device first. */
export function summarizePath(path: CertificationPath): CertificateSummary[] {
  return summarize(path.certificates, path.anchor).map((summary, index) => {
    const revocation = path.revocation[index];
    return revocation === undefined
      ? summary
      : { ...summary, revocation: summarizeRevocation(revocation) };
  });
}

/**
 * What the verdict says of a certificate's revocation: of several CRLs that it took together, the
 * youngest, and that it is stale where one of them is.
 */
function summarizeRevocation(revocation: CertificateRevocation): RevocationSummary {
  if (revocation.status !== 'good') return { status: 'not_checked' };
  const [youngest] = revocation.evidence.toSorted((a, b) => a.ageSeconds - b.ageSeconds);
  if (youngest === undefined) return { status: 'not_checked' };
  const { method, origin, thisUpdate, nextUpdate, ageSeconds } = youngest;
  return {
    status: 'good',
    method,
    origin,
    thisUpdate: thisUpdate.toISOString(),
    ...(nextUpdate === undefined ? {} : { nextUpdate: nextUpdate.toISOString() }),
    ageSeconds,
    stale: revocation.evidence.some(({ stale }) => stale),
  };
}

/** A refused path, as the verdict shows it. */
export function summarizeAttempt({ certificates, anchor, failure }: PathAttempt): RefusedPath {
  return {
    certificates: summarize(certificates, anchor),
    code: failure.code,
    rule: failure.reference,
    at: failure.certificateIndex,
    message: failure.message,
  };
}

function summarize(
  certificates: PathAttempt['certificates'],
  anchor: PathAttempt['anchor'],
): CertificateSummary[] {
  const end = anchor?.certificate === undefined ? [] : [anchor.certificate];
  return [...certificates, ...end].map(summarizeCertificate);
}

/** One sentence on the revocation of a path's certificates, of which at least one was checked. */
export function describeRevocation({ revocation }: CertificationPath): string {
  const evidence = revocation.flatMap((status) =>
    status.status === 'good' ? status.evidence : [],
  );
  const sources = [
    ...new Set(evidence.map(({ origin, stale }) => (stale ? `${origin} (out of date)` : origin))),
  ];
  const unchecked = revocation.filter(({ status }) => status === 'not_checked').length;
  const rest = unchecked === 0 ? '' : ` Of ${unchecked} nothing is published.`;
  return `No certificate of the path has been revoked, says ${sources.join(' and ')}.${rest}`;
}
