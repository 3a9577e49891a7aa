import type { RevocationInputs, SignatureChecker } from '../pki/index.ts';
import type { CertificateCache } from './certificate-cache.ts';
import type { ChallengeLedger } from './challenge-ledger.ts';
import type { TrustedAuthority } from './trusted-authority.ts';

/** Inputs of `verifyDeviceProof`. */
export interface VerificationRequest {
  /** The proof as it was received: a compact JWS. */
  readonly proof: string;
  /** Hands out the challenge that the proof answers, once. */
  readonly challenges: ChallengeLedger;
  /** The authorities whose certificates count; nothing else is a trust anchor. */
  readonly authorities: readonly TrustedAuthority[];
  /** The present moment. */
  readonly now: Date;
  /** Where revocation status comes from; undefined: revocation is not checked, and the verdict says so. */
  readonly revocation?: RevocationInputs | undefined;
  /** Keeps the certificates that devices send parsed, for who verifies many proofs. */
  readonly certificates?: CertificateCache | undefined;
  /** Checks the signatures of certificates and revocation data; the default is node:crypto. */
  readonly checker?: SignatureChecker | undefined;
}
