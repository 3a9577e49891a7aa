/** Trust anchors (RFC 5280 section 6.1.1 (d)) and what is asked of the paths that start at each. */
import { bytesEqual } from '../core/index.ts';
import type { AlgorithmPolicy } from './algorithm-policy.ts';
import type { Certificate } from './certificate.ts';
import type { NameConstraints } from './name-constraints-extension.ts';
import { type Name, namesEqual } from './name.ts';
import type { PublicKey } from './public-key.ts';
import type { RevocationSettings } from './revocation-settings.ts';

/** What an administrator may set for one trust anchor; each falls back to the request's. */
export interface TrustAnchorSettings {
  readonly algorithmPolicy?: AlgorithmPolicy | undefined;
  /** Constraints on the names below this anchor, on top of those in its certificate. */
  readonly nameConstraints?: NameConstraints | undefined;
  /** Purposes (extended key usages) of which the target must have one. */
  readonly requiredPurposes?: readonly string[] | undefined;
  readonly revocation?: RevocationSettings | undefined;
}

/** A name and a key that paths may end in, because somebody said so. */
export interface TrustAnchor extends TrustAnchorSettings {
  readonly subject: Name;
  readonly publicKey: PublicKey;
  /** The certificate it came in: a root's or an intermediate CA's. */
  readonly certificate: Certificate | undefined;
  /**
   * Whether the certificate's own statements bind. RFC 5280 leaves them out of path validation
   * (an anchor is a name and a key); with `true`, the anchor's validity, cA, keyUsage, path length,
   * name constraints, policies, purposes and unknown critical extensions hold for paths below it
   * (RFC 5937). An intermediate CA as anchor is then never worth more than below its root.
   */
  readonly certificateBinds: boolean;
}

/** @returns an anchor whose certificate binds, the right thing for certificates people upload */
export function trustAnchorFromCertificate(
  certificate: Certificate,
  settings: TrustAnchorSettings & { readonly certificateBinds?: boolean } = {},
): TrustAnchor {
  return {
    subject: certificate.subject,
    publicKey: certificate.publicKey,
    certificate,
    certificateBinds: true,
    ...settings,
  };
}

/** True where a certificate is the anchor's own, or another one for the same name and key. */
export function isAnchorCertificate(certificate: Certificate, anchor: TrustAnchor): boolean {
  return (
    bytesEqual(certificate.publicKey.der, anchor.publicKey.der) &&
    namesEqual(certificate.subject, anchor.subject)
  );
}
