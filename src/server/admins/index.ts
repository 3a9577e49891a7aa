export type {
  AdministratorAccess,
  AdministratorInfo,
  FederationInfo,
  FederationInput,
  NewSession,
  OwnAccount,
  SignedIn,
} from './access.ts';
export { createAccounts, type Accounts } from './accounts.ts';
export { createBrowserSessions } from './browser-sessions.ts';
export { createAdministratorAccess, type AttemptLimiter } from './create-access.ts';
export { AdminError, adminErrors, type AdminErrorCode } from './errors.ts';
export {
  createFederationSettings,
  describeFederation,
  type FederationSettings,
} from './federation-settings.ts';
export { createFederation } from './federation.ts';
export { createOwnAccount } from './own-account.ts';
export { createPasskeys } from './passkeys.ts';
export { createPasswords } from './passwords.ts';
export { isRecentSignIn, requireRecentSignIn } from './recent-sign-in.ts';
