/** The server's verdict, as it is stored, logged, and shown to people and programs. All plain JSON. */

/** The checks of a proof, in the order in which they are made (docs/protocol.md). */
export const verificationChecks = [
  'format',
  'transaction',
  'binding',
  'algorithm',
  'signature',
  'path',
  'purpose',
  'revocation',
  'origin',
  'device',
  'policy',
] as const;

/** One of {@link verificationChecks}. */
export type VerificationCheckName = (typeof verificationChecks)[number];

/** One check and how it came out. A check after a failed one is not made and not listed. */
export interface VerificationCheck {
  readonly check: VerificationCheckName;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was found, as a sentence. */
  readonly message: string;
}

/** A certificate, as people recognise it. */
export interface CertificateSummary {
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text. */
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  /** ISO 8601, UTC. */
  readonly notAfter: string;
  /** Hexadecimal SHA-256 of the DER. */
  readonly sha256: string;
  /** Such as "RSA 2048" or "EC P-256". */
  readonly publicKey: string;
  /** In an accepted path, of every certificate but the trust anchor's. */
  readonly revocation?: RevocationSummary;
}

/** What is known of a certificate's revocation. */
export interface RevocationSummary {
  readonly status: 'good' | 'not_checked';
  /** How the status was found; this and the following only where it was checked. */
  readonly method?: 'crl' | 'ocsp';
  /** Where it came from: an address, `uploaded:` and a hash, or `directory:` and a file's name. */
  readonly origin?: string;
  /** When the status was known to be right; ISO 8601, UTC. */
  readonly thisUpdate?: string;
  /** When newer information is due; ISO 8601, UTC. */
  readonly nextUpdate?: string;
  /** Seconds from thisUpdate to the verdict. */
  readonly ageSeconds?: number;
  /** True where nextUpdate has passed and the authority's grace makes it count. */
  readonly stale?: boolean;
}

/** A path that was tried and refused, and the rule that refused it. */
export interface RefusedPath {
  /** Leaf first. */
  readonly certificates: readonly CertificateSummary[];
  readonly code: string;
  /** Where the rule stands, such as "RFC 5280 section 6.1.3 (a)(2)". */
  readonly rule: string;
  /** Index into `certificates` of the one at fault. */
  readonly at: number;
  readonly message: string;
}

/** What was said of a proof, and why. */
export interface VerificationResult {
  readonly managed: boolean;
  /** `device_managed`, or the code of the first check that failed. */
  readonly code: string;
  readonly message: string;
  readonly transaction: string;
  /** When it was decided; ISO 8601, UTC. */
  readonly decidedAt: string;
  readonly checks: readonly VerificationCheck[];
  /** The accepted path: device certificate first, trust anchor last. Absent where none was found. */
  readonly path?: readonly CertificateSummary[];
  /** The paths that were refused, where no path was accepted. */
  readonly refusedPaths?: readonly RefusedPath[];
  /** What the agent said of device and key (claims, not evidence), once the signature was good. */
  readonly device?: VerifiedDeviceClaims;
  /** The device's id in the server's inventory, where it was recognised. */
  readonly deviceId?: string;
  /** What the application's authentication policy says of this sign-in. */
  readonly decision?: PolicyDecision;
}

/** What an authentication policy says of a sign-in. */
export interface PolicyDecision {
  readonly outcome: 'allow' | 'deny';
  /** `policy_allowed`, or why not. */
  readonly code: string;
  readonly message: string;
  readonly policy?: { readonly id: string; readonly name: string };
  /** The rule that matched; its place among the rules, from 0. */
  readonly rule?: { readonly index: number; readonly name: string };
}

/** The agent's own words about its device and key, under a good signature. */
export interface VerifiedDeviceClaims {
  readonly platform: string;
  readonly osVersion: string;
  readonly hostname: string;
  readonly serial?: string;
  readonly agentVersion: string;
  readonly key: {
    readonly store: string;
    readonly protection: string;
    readonly exportable?: boolean;
  };
}

/** The code of a good verdict. */
export const managedCode = 'device_managed';
