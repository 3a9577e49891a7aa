/** What a search for a certification path is given, and what it answers. */
import type { AlgorithmPolicy } from './algorithm-policy.ts';
import type { KeyUsage } from './certificate-extensions.ts';
import type { Certificate } from './certificate.ts';
import type { PathFailure, PathRuleCode } from './path-rules.ts';
import type { PathPolicies } from './policy-graph.ts';
import type { CertificateRevocation, RevocationInputs } from './revocation-settings.ts';
import type { SignatureChecker } from './signature-checker.ts';
import type { TrustAnchor } from './trust-anchor.ts';
import type { PathLimits } from './work-budget.ts';

/** The policy inputs of RFC 5280 section 6.1.1 (c), (e), (f) and (g). */
export interface PolicyInputs {
  /** user-initial-policy-set: policies the caller accepts, as dotted OIDs. */
  readonly initialPolicySet: readonly string[];
  readonly initialExplicitPolicy: boolean;
  readonly initialPolicyMappingInhibit: boolean;
  readonly initialAnyPolicyInhibit: boolean;
}

/** Inputs of {@link findCertificationPath}. */
export interface PathRequest {
  /** The certificate a path is wanted for. */
  readonly target: Certificate;
  /** Certificates that may stand between; from anyone, trusted for nothing. */
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly TrustAnchor[];
  /** The moment for which the path is to be valid. */
  readonly time: Date;
  readonly checker: SignatureChecker;
  /** For anchors without their own; the default is {@link defaultAlgorithmPolicy}. */
  readonly algorithmPolicy?: AlgorithmPolicy | undefined;
  /** Extended key usages of which the target must allow one, for anchors without their own. */
  readonly requiredPurposes?: readonly string[] | undefined;
  /** Key usages that the target must have, where it has a keyUsage extension. */
  readonly requiredKeyUsages?: readonly KeyUsage[] | undefined;
  /** The default accepts any policy, asks for none and allows mapping and anyPolicy. */
  readonly policyInputs?: PolicyInputs | undefined;
  readonly limits?: Partial<PathLimits> | undefined;
  /** Undefined: revocation is not checked at all, and the result says so. */
  readonly revocation?: RevocationInputs | undefined;
}

/** A path that is valid. */
export interface CertificationPath {
  /** The target first, its issuer next, and so on; the trust anchor is not among them. */
  readonly certificates: readonly Certificate[];
  readonly anchor: TrustAnchor;
  readonly policies: PathPolicies;
  /** What is known of each certificate's revocation, in the order of `certificates`. */
  readonly revocation: readonly CertificateRevocation[];
}

/** A path that was tried and refused. */
export interface PathAttempt {
  /** As far as it was followed: the target first. */
  readonly certificates: readonly Certificate[];
  /** Undefined where it never reached one. */
  readonly anchor: TrustAnchor | undefined;
  readonly failure: PathFailure;
}

/** What {@link findCertificationPath} found. */
export type PathResult =
  | {
      readonly ok: true;
      readonly path: CertificationPath;
      /** Paths that were refused before this one was found. */
      readonly attempts: readonly PathAttempt[];
    }
  | {
      readonly ok: false;
      readonly code: PathRuleCode;
      /** The failure of the attempt that came farthest. */
      readonly failure: PathFailure;
      /** The attempt that came farthest. */
      readonly attempt: PathAttempt;
      /** Every path tried, in that order. */
      readonly attempts: readonly PathAttempt[];
    };
