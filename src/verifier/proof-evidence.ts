import type { Certificate } from '../pki/index.ts';
import type { DeviceProof } from '../protocol/index.ts';

/** What stands behind a verdict "managed", for who goes on from there. */
export interface ProofEvidence {
  /** The device's own certificate. */
  readonly certificate: Certificate;
  /** Hexadecimal SHA-256 of its DER. */
  readonly certificateSha256: string;
  /** Id of the authority that the path ended at. */
  readonly authority: string;
  /** The proof's claims: the agent's own word, under a good signature. */
  readonly proof: DeviceProof;
}
