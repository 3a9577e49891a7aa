export type { AuthorityRevocation, AuthorityStore, StoredAuthority } from './authority-store.ts';
export { openDataDirectory, type DataDirectory } from './data-directory.ts';
export type {
  FetchState,
  RevocationStore,
  StoredCrl,
  StoredCrlInfo,
  StoredOcspResponse,
} from './revocation-store.ts';
export type { Session, SessionStore } from './session-store.ts';
export type { SignIn, SignInQuery, SignInStore } from './sign-in-store.ts';
export type { SigningKeyStore, StoredSigningKey } from './signing-key-store.ts';
export { openSqliteStorage } from './sqlite/sqlite-storage.ts';
export type { Storage } from './storage.ts';
export type { TakenTransaction, Transaction, TransactionStore } from './transaction-store.ts';
