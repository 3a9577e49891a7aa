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
export { AdminError, adminErrors, type AdminErrorCode } from './errors.ts';
