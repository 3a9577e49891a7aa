export {
  challengeAlgorithms,
  challengeAudience,
  challengeClaims,
  challengeType,
  nonceBytes,
  parseChallenge,
  type Challenge,
  type UnverifiedChallenge,
} from './challenge.ts';
export {
  declineReasons,
  encodeDecline,
  parseDecline,
  type DeclineCode,
  type DeviceDecline,
} from './decline.ts';
export {
  devicePlatforms,
  keyProtections,
  parseDeviceProof,
  proofMediaType,
  proofSigningInput,
  proofType,
  type DeviceClaims,
  type DevicePlatform,
  type DeviceProof,
  type DeviceProofHeader,
  type KeyClaims,
  type UnverifiedDeviceProof,
} from './device-proof.ts';
export {
  deviceVerificationClaims,
  deviceVerificationLifetime,
  deviceVerificationType,
  isAllowed,
  type DeviceVerification,
} from './device-verification.ts';
export { ProtocolError, protocolErrors, type ProtocolErrorCode } from './errors.ts';
export { encodeCompactJws, encodeSigningInput, parseCompactJws, type CompactJws } from './jws.ts';
export { protocolLimits } from './limits.ts';
export {
  defaultLoopbackPorts,
  deliveredAnswer,
  loopbackPaths,
  parseChallengeDelivery,
  probeAnswer,
} from './loopback-api.ts';
export { isLoopbackHost, parseOrigin, parseServerUrl } from './origin.ts';
export {
  makeProblem,
  parseProblem,
  parseProofAnswer,
  problemMediaType,
  serverPaths,
  type Problem,
  type ProofAnswer,
  type TransactionResult,
  type TransactionStart,
  type TransactionStatus,
} from './server-api.ts';
export { checkTokenTimes, type TokenTimes } from './token-times.ts';
export {
  managedCode,
  verificationChecks,
  type CertificateSummary,
  type RefusedPath,
  type RevocationSummary,
  type VerificationCheck,
  type VerificationCheckName,
  type PolicyDecision,
  type VerificationResult,
  type VerifiedDeviceClaims,
} from './verification-result.ts';
