/** Bounds of the work that one search for a path may cost, whatever the certificates say. */

/** The bounds, and what their defaults allow. */
export interface PathLimits {
  /** Most certificates in a path, the target included and the trust anchor not. */
  readonly maxDepth: number;
  /** Most intermediate certificates looked at. */
  readonly maxCertificates: number;
  /** Most paths refused, complete ones and dead ends alike; each look for a CRL issuer's path counts. */
  readonly maxPaths: number;
  /** Most signatures checked, those of CRLs and OCSP responses included. */
  readonly maxSignatures: number;
  /** Most comparisons of a name with a name constraint. */
  readonly maxNameComparisons: number;
  /** Most nodes and edges of policy graphs. */
  readonly maxPolicySteps: number;
}

/** What holds where the caller sets nothing. */
export const defaultPathLimits: PathLimits = {
  maxDepth: 10,
  maxCertificates: 100,
  maxPaths: 100,
  maxSignatures: 100,
  maxNameComparisons: 250_000,
  maxPolicySteps: 100_000,
};

/** What is left of the bounds that are counted down during a search. */
export class WorkBudget {
  private paths: number;
  private signatures: number;
  private nameComparisons: number;
  private policySteps: number;

  constructor(limits: PathLimits) {
    this.paths = limits.maxPaths;
    this.signatures = limits.maxSignatures;
    this.nameComparisons = limits.maxNameComparisons;
    this.policySteps = limits.maxPolicySteps;
  }

  /** @returns false where this path was the last that may be tried */
  spendPath(): boolean {
    return --this.paths > 0;
  }

  /** @returns false where no further signature may be checked */
  spendSignature(): boolean {
    return --this.signatures >= 0;
  }

  /** @returns false where no further comparison may be made */
  spendNameComparison(): boolean {
    return --this.nameComparisons >= 0;
  }

  /** @returns false where the policy graph may not grow by that much */
  spendPolicySteps(count: number): boolean {
    this.policySteps -= count;
    return this.policySteps >= 0;
  }
}
