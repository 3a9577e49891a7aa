import type { Certificate, TrustAnchorSettings } from '../pki/index.ts';
import type { DevicePlatform } from '../protocol/index.ts';

/** A certificate authority whose certificates prove a device as managed. */
export interface TrustedAuthority {
  /** The name by which the embedder knows it. */
  readonly id: string;
  /** The root or issuing CA certificate that the administrator uploaded. Its own limits bind. */
  readonly certificate: Certificate;
  /** What is asked of paths below it; each setting falls back to the verifier's defaults. */
  readonly settings?: TrustAnchorSettings | undefined;
  /** Platforms on which its certificates count; undefined: all. The platform is the agent's claim. */
  readonly platforms?: readonly DevicePlatform[] | undefined;
}
