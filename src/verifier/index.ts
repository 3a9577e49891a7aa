// What an embedder needs of pki to hand in authorities and revocation data.
export {
  parseCertificate,
  parsePem,
  type Certificate,
  type RevocationInputs,
  type RevocationSource,
  type SignatureChecker,
  type TrustAnchorSettings,
} from '../pki/index.ts';
export { createCertificateCache, type CertificateCache } from './certificate-cache.ts';
export type { ChallengeLedger } from './challenge-ledger.ts';
export {
  challengeTerms,
  type ChallengeTerms,
  type ChallengeTermsOptions,
} from './challenge-terms.ts';
export { summarizeCertificate } from './certificate-summary.ts';
export { VerificationError, verificationErrors, type VerificationErrorCode } from './errors.ts';
export { issueChallenge, type ChallengeOptions, type IssuedChallenge } from './issue-challenge.ts';
export { createMemoryLedger, type MemoryLedger } from './memory-ledger.ts';
export { nodeHash } from './node-hash.ts';
export { nodeSignatureChecker } from './node-signature-checker.ts';
export type { ProofEvidence } from './proof-evidence.ts';
export { readProof } from './read-proof.ts';
export type { TrustedAuthority } from './trusted-authority.ts';
export type { VerificationRequest } from './verification-request.ts';
export { examineDeviceProof, verifyDeviceProof, type Examination } from './verify-device-proof.ts';
