/** What path validation said of a certificate, as plain JSON for programs and pages. */
import type {
  Certificate,
  CertificateRevocation,
  CertificationPath,
  PathAttempt,
  PathResult,
} from '../../pki/index.ts';
import type { CertificateSummary } from '../../protocol/index.ts';
import { summarizeCertificate } from '../../verifier/index.ts';

/** What was validated, and what came of it. */
export interface Explanation {
  readonly target: Certificate;
  readonly time: Date;
  readonly result: PathResult;
}

/** A path that was tried and refused. */
export type RefusedPathJson = ReturnType<typeof attemptJson>;

type PlainSummary = Omit<CertificateSummary, 'revocation'>;

/** A certificate of an accepted path. */
export type PathCertificateJson = PlainSummary & {
  /** Absent for the trust anchor. */
  readonly revocation?: ReturnType<typeof revocationJson>;
};

/** The whole explanation. */
export type ExplanationJson = {
  readonly target: CertificateSummary;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly refusedPaths: readonly RefusedPathJson[];
} & (
  | { readonly accepted: true; readonly path: readonly PathCertificateJson[] }
  | {
      readonly accepted: false;
      readonly code: string;
      readonly rule: string;
      readonly message: string;
    }
);

/** The whole explanation as plain JSON. */
export function explanationJson({ target, time, result }: Explanation): ExplanationJson {
  const refusedPaths = result.attempts.map(attemptJson);
  const common = { target: summarizeCertificate(target), time: time.toISOString(), refusedPaths };
  if (result.ok) return { ...common, accepted: true, path: pathJson(result.path) };
  const { code, failure } = result;
  const { reference, message } = failure;
  return { ...common, accepted: false, code, rule: reference, message };
}

function pathJson(path: CertificationPath): readonly PathCertificateJson[] {
  const { certificates, anchor, revocation } = path;
  const below = certificates.map((certificate, index) => ({
    ...(summarizeCertificate(certificate) as PlainSummary),
    revocation: revocationJson(revocation[index]),
  }));
  return [
    ...below,
    ...anchorOf(anchor).map((certificate): PlainSummary => summarizeCertificate(certificate)),
  ];
}

function revocationJson(revocation: CertificateRevocation | undefined) {
  if (revocation?.status !== 'good') return { status: 'not_checked' } as const;
  return {
    status: revocation.status,
    evidence: revocation.evidence.map((evidence) => ({
      ...evidence,
      thisUpdate: evidence.thisUpdate.toISOString(),
      nextUpdate: evidence.nextUpdate?.toISOString(),
    })),
    refusals: revocation.refusals,
  };
}

function attemptJson({ certificates, anchor, failure }: PathAttempt) {
  const { code, reference, message, certificateIndex } = failure;
  return {
    certificates: [...certificates, ...anchorOf(anchor)].map(summarizeCertificate),
    code,
    rule: reference,
    at: certificateIndex,
    message,
  };
}

function anchorOf(anchor: PathAttempt['anchor']): readonly Certificate[] {
  return anchor?.certificate === undefined ? [] : [anchor.certificate];
}
