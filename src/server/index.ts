/** The authentication server: issues challenges, takes proofs, keeps verdicts. */
export { verifyAuditChain, type AuditProblem } from './audit/index.ts';
export {
  createSigningKeys,
  keyLeadTime,
  type SigningKeyInfo,
  type SigningKeys,
} from './challenges/index.ts';
export { ServerError, serverErrors, type ServerErrorCode } from './errors.ts';
export {
  OidcError,
  oidcErrors,
  openidKeys,
  parseOidcSettings,
  type EntraSettings,
  type OidcErrorCode,
  type OidcSettings,
} from './oidc/index.ts';
export {
  defaultServerLimits,
  type ServerLimits,
  type ServerOptions,
  type TlsFiles,
} from './options.ts';
export {
  createRevocation,
  crlJson,
  defaultRevocationOptions,
  isAllowedAddress,
  RevocationError,
  revocationErrors,
  type CrlDescription,
  type FetchLimits,
  type Revocation,
  type RevocationErrorCode,
  type RevocationOptions,
  type RevocationProblem,
} from './revocation/index.ts';
export { createServer, type CountersignServer } from './server.ts';
export {
  backUpStorage,
  moveStorage,
  openDataDirectory,
  openPostgresqlStorage,
  openSqliteStorage,
  openStorage,
  restoreStorage,
  type AuthorityRevocation,
  type LeaseStore,
  type Page,
  type AuthorityStore,
  type CopiedRows,
  type CopyOptions,
  type DataDirectory,
  type FetchState,
  type RevocationStore,
  type Session,
  type SessionStore,
  type SignIn,
  type SignInQuery,
  type SignInStore,
  type SigningKeyStore,
  type Storage,
  type StorageAddress,
  type StoredAuthority,
  type StoredCrl,
  type StoredOcspResponse,
  type StoredSigningKey,
  type Transaction,
  type TransactionStore,
} from './storage/index.ts';
export {
  authorityJson,
  createAuthorities,
  TrustError,
  trustErrors,
  type Authorities,
  type AuthorityInfo,
  type AuthorityWarning,
  type TrustErrorCode,
} from './trust/index.ts';
