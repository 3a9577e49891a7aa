export { isAllowedAddress, type ResolveHost } from './address-guard.ts';
export { RevocationError, revocationErrors, type RevocationErrorCode } from './errors.ts';
export { defaultRevocationOptions, type FetchLimits, type RevocationOptions } from './options.ts';
export {
  createRevocation,
  type CrlDescription,
  type Revocation,
  type RevocationProblem,
} from './revocation.ts';
