/**
 * The schema, as numbered steps that are only ever added to. `user_version` says how many have been
 * made. Times are milliseconds since 1970.
 */
import type { Database } from 'better-sqlite3';
import { ServerError } from '../../errors.ts';

const migrations: readonly string[] = [
  `CREATE TABLE transactions (
     id TEXT PRIMARY KEY,
     session TEXT NOT NULL,
     origin TEXT NOT NULL,
     terms TEXT NOT NULL,
     nonce TEXT NOT NULL,
     challenge TEXT NOT NULL,
     state TEXT NOT NULL CHECK
       (state IN ('pending', 'taken', 'managed', 'refused', 'cancelled', 'expired')),
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX transactions_by_expiry ON transactions (expires_at);
   CREATE INDEX transactions_pending ON transactions (expires_at) WHERE state = 'pending';
   CREATE INDEX transactions_pending_by_session ON transactions (session) WHERE state = 'pending';

   CREATE TABLE sign_ins (
     transaction_id TEXT PRIMARY KEY,
     origin TEXT NOT NULL,
     decided_at INTEGER NOT NULL,
     managed INTEGER NOT NULL,
     result TEXT NOT NULL
   ) STRICT;
   CREATE INDEX sign_ins_by_time ON sign_ins (decided_at);

   CREATE TABLE authorities (
     position INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     der BLOB NOT NULL,
     added_at INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     transaction_id TEXT NOT NULL UNIQUE REFERENCES sign_ins ON DELETE CASCADE,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_expiry ON sessions (expires_at);

   CREATE TABLE signing_keys (
     id TEXT PRIMARY KEY,
     private_jwk TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     signs_from INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `ALTER TABLE authorities ADD COLUMN revocation TEXT;

   CREATE TABLE crls (
     source TEXT PRIMARY KEY,
     sha256 TEXT NOT NULL,
     size INTEGER NOT NULL,
     signer BLOB,
     confirmed_at INTEGER NOT NULL,
     used_at INTEGER NOT NULL,
     etag TEXT,
     last_modified TEXT,
     der BLOB NOT NULL
   ) STRICT;

   CREATE TABLE ocsp_responses (
     key TEXT PRIMARY KEY,
     der BLOB NOT NULL,
     nonce BLOB NOT NULL,
     fetched_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX ocsp_responses_by_age ON ocsp_responses (fetched_at);

   CREATE TABLE fetches (
     address TEXT PRIMARY KEY,
     attempted_at INTEGER NOT NULL,
     failures INTEGER NOT NULL,
     error TEXT
   ) STRICT, WITHOUT ROWID;`,
];

/**
 * Brings a database up to this program's schema. Safe when several processes start at once.
 *
 * @throws ServerError `storage_newer`
 */
export function migrate(database: Database): void {
  const step = database.transaction(() => {
    const version = database.pragma('user_version', { simple: true }) as number;
    if (version > migrations.length) throw new ServerError('storage_newer');
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.pragma(`user_version = ${migrations.length}`);
  });
  step.immediate();
}
