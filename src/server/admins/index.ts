export type {
  AdministratorAccess,
  AdministratorInfo,
  Ceremony,
  FederationInfo,
  FederationInput,
  NewSession,
  OwnAccount,
  PasskeyInfo,
  SignedIn,
} from './access.ts';
export { createAccounts, type Accounts, type NewAccount } from './accounts.ts';
export { createBrowserSessions, requireCsrfToken } from './browser-sessions.ts';
export {
  createAdministratorAccess,
  type AccessContext,
  type AttemptLimiter,
} from './create-access.ts';
export { AdminError, adminErrors, type AdminErrorCode } from './errors.ts';
export {
  createFederationSettings,
  describeFederation,
  type FederationSettings,
} from './federation-settings.ts';
export { createFederation } from './federation.ts';
export { createOwnAccount } from './own-account.ts';
export { createPasskeys } from './passkeys.ts';
export { createPasswords, type Passwords } from './passwords.ts';
