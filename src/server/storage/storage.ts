/** Everything the server keeps, one interface per aggregate. test/contract/storage.contract.ts holds for each implementation. */
import type {
  AdministratorSessionStore,
  AdministratorStore,
  ApiTokenStore,
} from './administrator-store.ts';
import type { ApplicationStore } from './application-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { AuthorityStore } from './authority-store.ts';
import type { DeviceStore } from './device-store.ts';
import type { LeaseStore } from './lease-store.ts';
import type { OidcStore } from './oidc-store.ts';
import type { PolicyStore } from './policy-store.ts';
import type { RevocationStore } from './revocation-store.ts';
import type { SessionStore } from './session-store.ts';
import type { SettingsStore } from './settings-store.ts';
import type { SignInStore } from './sign-in-store.ts';
import type { SigningKeyStore } from './signing-key-store.ts';
import type { TransactionStore } from './transaction-store.ts';

/** Everything the server keeps. All calls of one process and of several are safe at the same time. */
export interface Storage {
  readonly transactions: TransactionStore;
  readonly signIns: SignInStore;
  readonly authorities: AuthorityStore;
  readonly sessions: SessionStore;
  /** Keys that challenges are signed with. */
  readonly signingKeys: SigningKeyStore;
  /** Keys that ID tokens are signed with. */
  readonly openidKeys: SigningKeyStore;
  readonly revocation: RevocationStore;
  readonly devices: DeviceStore;
  readonly policies: PolicyStore;
  readonly applications: ApplicationStore;
  readonly settings: SettingsStore;
  readonly administrators: AdministratorStore;
  readonly administratorSessions: AdministratorSessionStore;
  readonly apiTokens: ApiTokenStore;
  readonly audit: AuditStore;
  readonly oidc: OidcStore;
  readonly leases: LeaseStore;
  /**
   * Runs work as one: all that it writes through these stores, or nothing where it throws. It may run
   * again from its start, and holds up others meanwhile: it waits for nothing but this storage.
   */
  atomically<T>(work: () => Promise<T>): Promise<T>;
  /** Rejects where the storage cannot be read. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
