export type {
  Administrator,
  AdministratorRole,
  ApiToken,
  ApiTokenStore,
  StoredPasskey,
} from './administrator-store.ts';
export type { ApplicationKind, ApplicationStore, StoredApplication } from './application-store.ts';
export type { AuditEntry, AuditEvent, AuditQuery, AuditSeal, AuditStore } from './audit-store.ts';
export type { AuthorityRevocation, AuthorityStore, StoredAuthority } from './authority-store.ts';
export {
  openDataDirectory,
  openSetupToken,
  removeSetupToken,
  type DataDirectory,
} from './data-directory.ts';
export {
  backUpStorage,
  moveStorage,
  restoreStorage,
  type CopiedRows,
  type CopyOptions,
} from './copy/copy-storage.ts';
export type {
  AlarmQuery,
  Device,
  DeviceAlarm,
  DeviceCertificate,
  DeviceClaims,
  DeviceCounts,
  DeviceObservation,
  DeviceQuery,
  DeviceState,
  DeviceStore,
  ExpiringWeek,
} from './device-store.ts';
export type { LeaseStore } from './lease-store.ts';
export type { OidcPayload, OidcStore } from './oidc-store.ts';
export type { Page } from './paging.ts';
export type { PolicyStore, StoredPolicy } from './policy-store.ts';
export type {
  FetchState,
  RevocationStore,
  StoredCrl,
  StoredCrlInfo,
  StoredOcspResponse,
} from './revocation-store.ts';
export type { Session, SessionStore } from './session-store.ts';
export type { SettingsStore } from './settings-store.ts';
export type { SignIn, SignInCount, SignInQuery, SignInStore } from './sign-in-store.ts';
export type { SigningKeyPurpose, SigningKeyStore, StoredSigningKey } from './signing-key-store.ts';
export { isPostgresqlUrl } from './sql/postgresql-address.ts';
export { openPostgresqlStorage, openSqliteStorage } from './sql/sql-storage.ts';
export { openStorage, type StorageAddress } from './storage-address.ts';
export type { Storage } from './storage.ts';
export type { TakenTransaction, Transaction, TransactionStore } from './transaction-store.ts';
