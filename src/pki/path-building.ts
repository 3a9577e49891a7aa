/**
 * Path building (RFC 4158): a depth-first search from the target upwards that backtracks out of dead
 * ends, checks each signature as it extends a path, prefers what key identifiers, validity and
 * nearness to an anchor suggest, never has the same name and key twice in a path, and ends within
 * its limits whatever is offered.
 */
import { bytesEqual, formatSecond } from '../core/index.ts';
import { parametersAbsentOrNull } from './algorithm-identifier.ts';
import { defaultAlgorithmPolicy } from './algorithm-policy.ts';
import { issuerObjection } from './certificate-rules.ts';
import type { Certificate } from './certificate.ts';
import { IssuerCandidates } from './issuer-candidates.ts';
import { namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import type {
  CertificationPath,
  PathAttempt,
  PathRequest,
  PathResult,
  PolicyInputs,
} from './path-request.ts';
import { type PathFailure, pathFailure, type PathRuleCode } from './path-rules.ts';
import { validatePath, type ValidationContext } from './path-validation.ts';
import type { PublicKey } from './public-key.ts';
import { RevocationChecker } from './revocation-checking.ts';
import type { RevocationTask } from './revocation-context.ts';
import type {
  CertificateRevocation,
  RevocationEvidence,
  RevocationInputs,
} from './revocation-settings.ts';
import { SignatureSession } from './signature-session.ts';
import { isAnchorCertificate, type TrustAnchor } from './trust-anchor.ts';
import { defaultPathLimits, type PathLimits, WorkBudget } from './work-budget.ts';
import { inheritParameters } from './working-key.ts';

const defaultPolicyInputs: PolicyInputs = {
  initialPolicySet: [oids.anyPolicy],
  initialExplicitPolicy: false,
  initialPolicyMappingInhibit: false,
  initialAnyPolicyInhibit: false,
};

/**
 * Finds a valid certification path from a trust anchor to a certificate.
 *
 * @param request - the target, what may stand between, the anchors, the time and the conditions
 * @returns the path, or for every path tried the rule that refused it. Nothing that certificates,
 *   CRLs or OCSP responses hold makes it throw; what the request's own functions throw comes through
 * @throws TypeError where the time is no valid date
 */
export async function findCertificationPath(request: PathRequest): Promise<PathResult> {
  if (Number.isNaN(request.time.getTime())) throw new TypeError('The time is not a valid date.');
  const limits = { ...defaultPathLimits, ...request.limits };
  const budget = new WorkBudget(limits);
  const context: ValidationContext = {
    time: request.time,
    signatures: new SignatureSession(request.checker, budget),
    budget,
    algorithmPolicy: request.algorithmPolicy,
    requiredPurposes: request.requiredPurposes,
    anchorPurposesApply: true,
    requiredKeyUsages: request.requiredKeyUsages ?? [],
    policyInputs: request.policyInputs ?? defaultPolicyInputs,
  };
  const { target, intermediates, anchors, revocation } = request;
  const checker = revocation && {
    inputs: revocation,
    checker: newChecker(revocation, context, limits),
  };
  return new PathSearch({ intermediates, anchors }, context, limits, checker).run(target);
}

/** Certificates and anchors that a search may use. */
interface SearchMaterial {
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
}

interface RevocationChecking {
  readonly inputs: RevocationInputs;
  readonly checker: RevocationChecker;
}

/**
 * Makes the revocation checker of a search. The path to a CRL issuer is searched for below the very
 * anchor of the certificate in question (RFC 5280 section 6.3.3 (f)), out of the same budget.
 */
function newChecker(
  inputs: RevocationInputs,
  context: ValidationContext,
  limits: PathLimits,
): RevocationChecker {
  const { time, signatures } = context;
  const signerContext: ValidationContext = {
    ...context,
    requiredPurposes: undefined,
    anchorPurposesApply: false,
    // cRLSign is the CRL check's own matter: it says so in its own words.
    requiredKeyUsages: [],
    policyInputs: defaultPolicyInputs,
  };
  const proveCrlIssuer = async (
    certificate: Certificate,
    { anchor, pathCertificates }: RevocationTask,
  ): Promise<PublicKey | undefined> => {
    if (!context.budget.spendPath()) return undefined;
    const material = {
      intermediates: [...pathCertificates, ...inputs.crlIssuers].slice(0, limits.maxCertificates),
      anchors: [anchor],
    };
    const search = new PathSearch(material, signerContext, limits, { inputs, checker });
    const result = await search.run(certificate);
    if (!result.ok) return undefined;
    const above = result.path.certificates.slice(1).reverse();
    const issuerKey = above.reduce(
      (key, issuer) => inheritParameters(issuer.publicKey, key),
      anchor.publicKey,
    );
    return inheritParameters(certificate.publicKey, issuerKey);
  };
  const checker = new RevocationChecker({ inputs, time, signatures, proveCrlIssuer });
  return checker;
}

/** Failures that end the whole search: its budget is spent. */
const budgetCodes: ReadonlySet<PathRuleCode> = new Set([
  'too_many_paths',
  'too_many_signatures',
  'too_many_name_comparisons',
  'too_many_policies',
]);

class PathSearch {
  private readonly candidates: IssuerCandidates;
  private readonly material: SearchMaterial;
  private readonly context: ValidationContext;
  private readonly limits: PathLimits;
  private readonly revocation: RevocationChecking | undefined;
  private readonly attempts: PathAttempt[] = [];
  private stopped = false;

  constructor(
    material: SearchMaterial,
    context: ValidationContext,
    limits: PathLimits,
    revocation: RevocationChecking | undefined,
  ) {
    this.material = material;
    this.context = context;
    this.limits = limits;
    this.revocation = revocation;
    // Not even the index of a list that is too long is built.
    const intermediates = this.tooManyCertificates() ? [] : material.intermediates;
    this.candidates = new IssuerCandidates(intermediates, material.anchors, context.time);
  }

  async run(target: Certificate): Promise<PathResult> {
    const path = await this.search(target);
    const { attempts } = this;
    if (path !== undefined) return { ok: true, path, attempts };
    const attempt = farthest(attempts);
    return { ok: false, code: attempt.failure.code, failure: attempt.failure, attempt, attempts };
  }

  private tooManyCertificates(): boolean {
    return this.material.intermediates.length > this.limits.maxCertificates;
  }

  private search(target: Certificate): undefined | Promise<CertificationPath | undefined> {
    const anchor = this.material.anchors.find((a) => isAnchorCertificate(target, a));
    if (anchor !== undefined) {
      this.refuse([target], anchor, pathFailure('target_is_trust_anchor', 0));
      return undefined;
    }
    if (this.tooManyCertificates()) {
      this.refuse([target], undefined, pathFailure('too_many_certificates', 0));
      return undefined;
    }
    return this.extend([target]);
  }

  private refuse(
    certificates: readonly Certificate[],
    anchor: TrustAnchor | undefined,
    failure: PathFailure,
  ): void {
    if (this.stopped) return;
    this.attempts.push({ certificates, anchor, failure });
    if (budgetCodes.has(failure.code)) this.stopped = true;
    else if (!this.context.budget.spendPath()) {
      const limit = pathFailure('too_many_paths', certificates.length - 1);
      this.attempts.push({ certificates, anchor: undefined, failure: limit });
      this.stopped = true;
    }
  }

  /** Follows every way up from the last certificate of a path. */
  private async extend(path: readonly Certificate[]): Promise<CertificationPath | undefined> {
    const last = path.at(-1);
    if (last === undefined) return undefined;
    let obstacle: PathRuleCode | undefined = 'no_issuer_found';
    for (const anchor of this.candidates.anchorsFor(last)) {
      if (this.stopped) return undefined;
      if (path.some((certificate) => isAnchorCertificate(certificate, anchor))) {
        obstacle &&= 'path_loop';
        continue;
      }
      obstacle = undefined;
      const found = await this.tryAnchor(path, anchor);
      if (found !== undefined) return found;
    }
    for (const candidate of this.candidates.certificatesFor(last)) {
      if (this.stopped) return undefined;
      const hindrance = this.hindrance(path, candidate);
      if (hindrance !== undefined) {
        obstacle &&= hindrance;
        continue;
      }
      obstacle = undefined;
      const found = await this.tryIssuer(path, last, candidate);
      if (found !== undefined) return found;
    }
    if (obstacle !== undefined) {
      this.refuse(path, undefined, pathFailure(obstacle, path.length - 1));
    }
    return undefined;
  }

  /** RFC 4158 section 2.4.2 and 5.2: no name with the same key twice. */
  private hindrance(
    path: readonly Certificate[],
    candidate: Certificate,
  ): 'path_loop' | 'path_too_deep' | undefined {
    const looping = path.some(
      (certificate) =>
        bytesEqual(certificate.publicKey.der, candidate.publicKey.der) &&
        namesEqual(certificate.subject, candidate.subject),
    );
    if (looping) return 'path_loop';
    return path.length >= this.limits.maxDepth ? 'path_too_deep' : undefined;
  }

  private async tryIssuer(
    path: readonly Certificate[],
    last: Certificate,
    candidate: Certificate,
  ): Promise<CertificationPath | undefined> {
    const extended = [...path, candidate];
    const objection = issuerObjection(candidate, this.context.time);
    if (objection !== undefined) {
      const failure = pathFailure(objection.code, path.length, objection.detail);
      this.refuse(extended, undefined, failure);
      return undefined;
    }
    // A DSA key without its parameters can verify nothing before the path above it is known.
    const { publicKey } = candidate;
    const incomplete = publicKey.kind === 'dsa' && parametersAbsentOrNull(publicKey.algorithm);
    if (!incomplete) {
      const signature = await this.context.signatures.objection(last, publicKey, undefined);
      if (signature !== undefined) {
        const failure = pathFailure(signature.code, path.length - 1, signature.detail);
        this.refuse(extended, undefined, failure);
        return undefined;
      }
    }
    return this.extend(extended);
  }

  private async tryAnchor(
    certificates: readonly Certificate[],
    anchor: TrustAnchor,
  ): Promise<CertificationPath | undefined> {
    const outcome = await validatePath(certificates, anchor, this.context);
    if (!outcome.ok) {
      this.refuse(certificates, anchor, outcome.failure);
      return undefined;
    }
    const { policies, issuerKeys } = outcome;
    const revocation = await this.checkRevocation(certificates, issuerKeys, anchor);
    if ('code' in revocation) {
      this.refuse(certificates, anchor, revocation);
      return undefined;
    }
    return { certificates, anchor, policies, revocation };
  }

  /** Section 6.1.3 (a)(3), from the anchor downwards: each issuer is proven before it testifies. */
  private async checkRevocation(
    certificates: readonly Certificate[],
    issuerKeys: readonly PublicKey[],
    anchor: TrustAnchor,
  ): Promise<readonly CertificateRevocation[] | PathFailure> {
    const statuses: CertificateRevocation[] = [];
    for (let index = certificates.length - 1; index >= 0; index--) {
      const certificate = certificates[index];
      const issuerKey = issuerKeys[index];
      if (certificate === undefined || issuerKey === undefined) continue;
      const issuerCertificate = certificates[index + 1];
      const query = {
        certificate,
        issuerName: issuerCertificate?.subject ?? anchor.subject,
        issuerKey,
        issuerCertificate: issuerCertificate ?? anchor.certificate,
      };
      const status = await this.statusOf(query, certificates, anchor);
      const failure = revocationFailure(status, index);
      if (failure !== undefined) return failure;
      statuses.unshift(status);
    }
    return statuses;
  }

  private statusOf(
    query: RevocationTask['query'],
    pathCertificates: readonly Certificate[],
    anchor: TrustAnchor,
  ): CertificateRevocation | Promise<CertificateRevocation> {
    if (this.revocation === undefined) return { status: 'not_checked' };
    const { inputs, checker } = this.revocation;
    return checker.check({
      query,
      anchor,
      pathCertificates,
      settings: anchor.revocation ?? inputs.settings,
      algorithmPolicy:
        anchor.algorithmPolicy ?? this.context.algorithmPolicy ?? defaultAlgorithmPolicy,
    });
  }
}

function revocationFailure(status: CertificateRevocation, index: number): PathFailure | undefined {
  if (status.status === 'revoked') {
    const { revocationDate, reason, evidence } = status;
    const says = evidence.map(nameEvidence).join('; ');
    const detail = `On ${formatSecond(revocationDate)}, for this reason: ${reason} (${says}).`;
    return pathFailure('certificate_revoked', index, detail);
  }
  if (status.status !== 'unknown') return undefined;
  const reasons = status.refusals.map(({ method, origin, message }) =>
    origin === undefined ? `${method}: ${message}` : `${method} from ${origin}: ${message}`,
  );
  return pathFailure('revocation_status_unknown', index, reasons.join(' '));
}

/** Only an address tells a reader anything: what was uploaded has a name of the server's own. */
function nameEvidence({ method, origin, thisUpdate }: RevocationEvidence): string {
  const from = origin.includes('://') ? ` from ${origin},` : '';
  return `${method}${from} of ${formatSecond(thisUpdate)}`;
}

/** The attempt that says most: it reached an anchor, and was refused nearest to the target. */
function farthest(attempts: readonly PathAttempt[]): PathAttempt {
  const [first, ...rest] = attempts;
  if (first === undefined) throw new Error('A search without a path has at least one attempt.');
  return rest.reduce(
    (best, attempt) => (progress(attempt) > progress(best) ? attempt : best),
    first,
  );
}

function progress({ certificates, anchor, failure }: PathAttempt): number {
  if (anchor === undefined) {
    // How many certificates chain up with good signatures; a spent budget says the least.
    return budgetCodes.has(failure.code) ? -1 : failure.certificateIndex;
  }
  const revocation =
    failure.code.startsWith('revocation_') || failure.code === 'certificate_revoked';
  const share = 1 - failure.certificateIndex / (certificates.length + 1);
  return 1000 + (revocation ? 10 : 0) + share;
}
