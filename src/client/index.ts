export type {
  CertificateSummary,
  RefusedPath,
  TransactionStart,
  VerificationCheck,
  VerificationCheckName,
  VerificationResult,
  VerifiedDeviceClaims,
} from '../protocol/index.ts';
export { clientErrors, type ClientErrorCode, type Reason } from './errors.ts';
export {
  defaultTimeouts,
  type SignInProgress,
  type SignInStep,
  type SignInTimeouts,
} from './progress.ts';
export { signIn, type SignInOptions, type SignInOutcome } from './sign-in.ts';
