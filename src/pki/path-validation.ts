/**
 * Basic path validation, RFC 5280 section 6.1, of one given path. Revocation, (a)(3), is checked
 * afterwards by the caller, when the issuers' keys are proven.
 */
import { type AlgorithmPolicy, defaultAlgorithmPolicy, keyObjection } from './algorithm-policy.ts';
import type { BasicConstraints, KeyUsage } from './certificate-extensions.ts';
import {
  authorityObjection,
  criticalObjection,
  isSelfIssued,
  validityObjection,
} from './certificate-rules.ts';
import type { Certificate } from './certificate.ts';
import type { NameConstraints } from './name-constraints-extension.ts';
import { constrainedNames, nameObjection } from './name-constraints.ts';
import { formatName, type Name, nameIsEmpty, namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import type { PolicyInputs } from './path-request.ts';
import { type PathFailure, pathFailure, type PathRuleCode } from './path-rules.ts';
import {
  finalPolicies,
  initialPolicyLevel,
  mapPolicies,
  nextPolicyLevel,
  type PathPolicies,
  type PolicyLevel,
} from './policy-graph.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureSession } from './signature-session.ts';
import type { TrustAnchor } from './trust-anchor.ts';
import type { WorkBudget } from './work-budget.ts';
import { inheritParameters } from './working-key.ts';

/** What {@link validatePath} needs besides path and anchor. */
export interface ValidationContext {
  readonly time: Date;
  readonly signatures: SignatureSession;
  readonly budget: WorkBudget;
  readonly algorithmPolicy: AlgorithmPolicy | undefined;
  readonly requiredPurposes: readonly string[] | undefined;
  /** Whether an anchor's own purposes replace these; not so on the path to a CRL issuer. */
  readonly anchorPurposesApply: boolean;
  readonly requiredKeyUsages: readonly KeyUsage[];
  readonly policyInputs: PolicyInputs;
}

/** The outcome of {@link validatePath}. */
export type ValidationOutcome =
  | {
      readonly ok: true;
      readonly policies: PathPolicies;
      /** The key that signed each certificate, in their order, with inherited parameters. */
      readonly issuerKeys: readonly PublicKey[];
    }
  | { readonly ok: false; readonly failure: PathFailure };

/**
 * Validates one path.
 *
 * @param certificates - the target first, the certificate that the anchor issued last
 * @param anchor - the trust anchor above the last
 * @param context - the other inputs of section 6.1.1
 */
export function validatePath(
  certificates: readonly Certificate[],
  anchor: TrustAnchor,
  context: ValidationContext,
): Promise<ValidationOutcome> {
  return new PathValidation(certificates, anchor, context).run();
}

/** The state variables of section 6.1.2 and the steps that change them. */
class PathValidation {
  private readonly certificates: readonly Certificate[];
  private readonly anchor: TrustAnchor;
  private readonly context: ValidationContext;
  private readonly algorithmPolicy: AlgorithmPolicy;
  private readonly requiredPurposes: readonly string[] | undefined;
  private readonly constraints: NameConstraints[] = [];
  private readonly issuerKeys: PublicKey[] = [];
  private acceptablePolicies: ReadonlySet<string>;
  private policyLevel: PolicyLevel = initialPolicyLevel;
  private explicitPolicy: number;
  private inhibitAnyPolicy: number;
  private policyMapping: number;
  private maxPathLength: number;
  private issuerName: Name;
  private issuerKey: PublicKey;

  constructor(
    certificates: readonly Certificate[],
    anchor: TrustAnchor,
    context: ValidationContext,
  ) {
    const { policyInputs } = context;
    const n = certificates.length;
    this.certificates = certificates;
    this.anchor = anchor;
    this.context = context;
    this.algorithmPolicy =
      anchor.algorithmPolicy ?? context.algorithmPolicy ?? defaultAlgorithmPolicy;
    this.requiredPurposes =
      (context.anchorPurposesApply ? anchor.requiredPurposes : undefined) ??
      context.requiredPurposes;
    this.acceptablePolicies = new Set(policyInputs.initialPolicySet);
    this.explicitPolicy = policyInputs.initialExplicitPolicy ? 0 : n + 1;
    this.inhibitAnyPolicy = policyInputs.initialAnyPolicyInhibit ? 0 : n + 1;
    this.policyMapping = policyInputs.initialPolicyMappingInhibit ? 0 : n + 1;
    this.maxPathLength = n;
    this.issuerName = anchor.subject;
    this.issuerKey = anchor.publicKey;
    if (anchor.nameConstraints !== undefined) this.constraints.push(anchor.nameConstraints);
  }

  async run(): Promise<ValidationOutcome> {
    const failure = this.anchorFailure() ?? (await this.certificatesFailure());
    if (failure !== undefined) return { ok: false, failure };
    const policies = finalPolicies(this.policyLevel, this.acceptablePolicies, this.context.budget);
    if (policies === undefined) return this.refuse('too_many_policies', 0);
    // Section 6.1.5, last paragraph.
    if (this.explicitPolicy === 0 && policies.userConstrained.size === 0) {
      return this.refuse('no_acceptable_policy', 0);
    }
    return { ok: true, policies, issuerKeys: this.issuerKeys };
  }

  private refuse(code: PathRuleCode, index: number): ValidationOutcome {
    return { ok: false, failure: pathFailure(code, index) };
  }

  /** The anchor's certificate, where it binds (RFC 5937 section 3). */
  private anchorFailure(): PathFailure | undefined {
    const { certificate, certificateBinds } = this.anchor;
    if (certificate === undefined || !certificateBinds) return undefined;
    const index = this.certificates.length;
    const validity = validityObjection(certificate, this.context.time);
    if (validity !== undefined) {
      const code =
        validity.code === 'certificate_expired' ? 'anchor_expired' : 'anchor_not_yet_valid';
      return pathFailure(code, index, validity.detail);
    }
    if (authorityObjection(certificate) !== undefined) return pathFailure('anchor_not_ca', index);
    const critical = criticalObjection(certificate);
    if (critical !== undefined) {
      return pathFailure('anchor_unknown_critical_extension', index, critical.detail);
    }
    if (this.lacksPurpose(certificate)) return pathFailure('purpose_not_allowed', index);
    this.restrictAcceptablePolicies(certificate);
    this.takeConstraints(certificate);
    return undefined;
  }

  private restrictAcceptablePolicies({ certificatePolicies }: Certificate): void {
    if (certificatePolicies === undefined) return;
    const stated = new Set(certificatePolicies.map(({ policy }) => policy));
    if (stated.has(oids.anyPolicy)) return;
    this.acceptablePolicies = this.acceptablePolicies.has(oids.anyPolicy)
      ? stated
      : new Set([...this.acceptablePolicies].filter((policy) => stated.has(policy)));
  }

  private async certificatesFailure(): Promise<PathFailure | undefined> {
    for (let index = this.certificates.length - 1; index >= 0; index--) {
      const certificate = this.certificates[index];
      if (certificate === undefined) break;
      const failure =
        (await this.process(certificate, index)) ??
        (index === 0 ? this.wrapUp(certificate) : this.prepareForNext(certificate, index));
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** Section 6.1.3, and the size and kind of the certificate's own key. */
  private async process(certificate: Certificate, index: number): Promise<PathFailure | undefined> {
    const { issuer, subject } = certificate;
    // (a)(4). An issuer has a name (section 4.1.2.4), so that two nameless ones never chain.
    if (nameIsEmpty(issuer) || !namesEqual(issuer, this.issuerName)) {
      return pathFailure(
        'issuer_name_mismatch',
        index,
        `It is ${JSON.stringify(formatName(issuer))}.`,
      );
    }
    const validity = validityObjection(certificate, this.context.time);
    if (validity !== undefined) return pathFailure(validity.code, index, validity.detail);
    const signature = await this.context.signatures.objection(
      certificate,
      this.issuerKey,
      this.algorithmPolicy,
    );
    if (signature !== undefined) return pathFailure(signature.code, index, signature.detail);
    this.issuerKeys[index] = this.issuerKey;
    this.issuerKey = inheritParameters(certificate.publicKey, this.issuerKey);
    this.issuerName = subject;
    const key = keyObjection(this.issuerKey, this.algorithmPolicy);
    if (key !== undefined) return pathFailure('public_key_not_allowed', index, `Here ${key}.`);
    return this.namesFailure(certificate, index) ?? this.policiesFailure(certificate, index);
  }

  /** (b) and (c): not for a self-issued certificate, unless it is the last one. */
  private namesFailure(certificate: Certificate, index: number): PathFailure | undefined {
    if (this.constraints.length === 0 || (index > 0 && isSelfIssued(certificate))) return undefined;
    const names = constrainedNames(certificate);
    for (const constraints of this.constraints) {
      const objection = nameObjection(names, constraints, this.context.budget);
      if (objection !== undefined) {
        return pathFailure(objection.code, index, `The name is ${objection.name}.`);
      }
    }
    return undefined;
  }

  /** (d), (e) and (f). */
  private policiesFailure(certificate: Certificate, index: number): PathFailure | undefined {
    const anyPolicyCounts = this.inhibitAnyPolicy > 0 || (index > 0 && isSelfIssued(certificate));
    const level = nextPolicyLevel(
      this.policyLevel,
      certificate.certificatePolicies,
      anyPolicyCounts,
      this.context.budget,
    );
    if (level === undefined) return pathFailure('too_many_policies', index);
    this.policyLevel = level;
    return this.explicitPolicy > 0 || level.size > 0
      ? undefined
      : pathFailure('no_acceptable_policy', index);
  }

  /** Section 6.1.4. */
  private prepareForNext(certificate: Certificate, index: number): PathFailure | undefined {
    const mapping = this.mappingFailure(certificate, index);
    if (mapping !== undefined) return mapping;
    const selfIssued = isSelfIssued(certificate);
    if (!selfIssued) this.countDown();
    const authority = authorityObjection(certificate);
    if (authority !== undefined) return pathFailure(authority.code, index, authority.detail);
    if (!selfIssued && --this.maxPathLength < 0) return pathFailure('path_length_exceeded', index);
    this.takeConstraints(certificate);
    const critical = criticalObjection(certificate);
    if (critical !== undefined) return pathFailure(critical.code, index, critical.detail);
    // Beyond RFC 5280, with every implementation in use: a CA's purposes bind those below it.
    return this.lacksPurpose(certificate) ? pathFailure('purpose_not_allowed', index) : undefined;
  }

  /** (a) and (b). */
  private mappingFailure({ policyMappings }: Certificate, index: number): PathFailure | undefined {
    if (policyMappings === undefined) return undefined;
    const mapsAny = policyMappings.some(
      ({ issuerDomainPolicy, subjectDomainPolicy }) =>
        issuerDomainPolicy === oids.anyPolicy || subjectDomainPolicy === oids.anyPolicy,
    );
    if (mapsAny) return pathFailure('any_policy_mapped', index);
    const level = mapPolicies(
      this.policyLevel,
      policyMappings,
      this.policyMapping > 0,
      this.context.budget,
    );
    if (level === undefined) return pathFailure('too_many_policies', index);
    this.policyLevel = level;
    return undefined;
  }

  /** (h). */
  private countDown(): void {
    if (this.explicitPolicy > 0) this.explicitPolicy--;
    if (this.policyMapping > 0) this.policyMapping--;
    if (this.inhibitAnyPolicy > 0) this.inhibitAnyPolicy--;
  }

  /** (g), (i), (j) and (m). */
  private takeConstraints(certificate: Certificate): void {
    const { nameConstraints, policyConstraints, inhibitAnyPolicy } = certificate;
    if (nameConstraints !== undefined) this.constraints.push(nameConstraints);
    this.explicitPolicy = lower(this.explicitPolicy, policyConstraints?.requireExplicitPolicy);
    this.policyMapping = lower(this.policyMapping, policyConstraints?.inhibitPolicyMapping);
    this.inhibitAnyPolicy = lower(this.inhibitAnyPolicy, inhibitAnyPolicy);
    const { pathLength }: Partial<BasicConstraints> = certificate.basicConstraints ?? {};
    this.maxPathLength = lower(this.maxPathLength, pathLength);
  }

  /** Section 6.1.5 (a), (b) and (f), and what the caller wants the key for. */
  private wrapUp(target: Certificate): PathFailure | undefined {
    if (this.explicitPolicy > 0) this.explicitPolicy--;
    if (target.policyConstraints?.requireExplicitPolicy === 0) this.explicitPolicy = 0;
    const critical = criticalObjection(target);
    if (critical !== undefined) return pathFailure(critical.code, 0, critical.detail);
    const { keyUsage } = target;
    const missing = this.context.requiredKeyUsages.find((usage) => keyUsage?.has(usage) === false);
    if (missing !== undefined) {
      return pathFailure('key_usage_not_allowed', 0, `It lacks ${missing}.`);
    }
    return this.lacksPurpose(target) ? pathFailure('purpose_not_allowed', 0) : undefined;
  }

  private lacksPurpose({ extendedKeyUsage }: Certificate): boolean {
    const required = this.requiredPurposes;
    if (required === undefined || extendedKeyUsage === undefined) return false;
    return !extendedKeyUsage.some(
      (purpose) => purpose === oids.anyExtendedKeyUsage || required.includes(purpose),
    );
  }
}

function lower(current: number, stated: number | undefined): number {
  return stated === undefined ? current : Math.min(current, stated);
}
