export { isAllowedAddress } from './address-guard.ts';
export { crlJson, type CrlDescription } from './crl-description.ts';
export { RevocationError, revocationErrors, type RevocationErrorCode } from './errors.ts';
export {
  defaultRevocationOptions,
  maxCrlFileBytes,
  type FetchLimits,
  type RevocationOptions,
} from './options.ts';
export { createRevocation, type Revocation, type RevocationProblem } from './revocation.ts';
