export { isAllowedAddress } from './address-guard.ts';
export { RevocationError, revocationErrors, type RevocationErrorCode } from './errors.ts';
export {
  defaultRevocationOptions,
  maxCrlFileBytes,
  type FetchLimits,
  type RevocationOptions,
} from './options.ts';
export {
  createRevocation,
  crlJson,
  type CrlDescription,
  type Revocation,
  type RevocationProblem,
} from './revocation.ts';
