import type { Certificate } from '../pki/index.ts';

/** A certificate authority whose certificates prove a device as managed. */
export interface TrustedAuthority {
  /** The name by which the embedder knows it. */
  readonly id: string;
  /** The root or issuing CA certificate that the administrator uploaded. */
  readonly certificate: Certificate;
}
