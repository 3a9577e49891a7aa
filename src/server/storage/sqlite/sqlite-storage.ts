/** Storage in one SQLite file: the default, with nothing to set up. */
import { closeSync, openSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import type { Storage } from '../storage.ts';
import { createAuthorityStore } from './authorities.ts';
import { migrate } from './migrations.ts';
import { createRevocationStore } from './revocation.ts';
import { createSessionStore } from './sessions.ts';
import { createSignInStore } from './sign-ins.ts';
import { createSigningKeyStore } from './signing-keys.ts';
import { createTransactionStore } from './transactions.ts';
import { settle } from './settle.ts';

/** How long a statement waits for another process that is writing, in milliseconds. */
const busyTimeout = 2000;

/**
 * Opens a database file, makes it where there is none (readable by its owner only), and brings its
 * schema up to date. The server and its commands may have the same file open at the same time.
 *
 * @param path - the file
 * @throws ServerError `storage_newer`; the driver's error where the file cannot be opened
 */
export function openSqliteStorage(path: string): Storage {
  // SQLite would make the file with the process's umask; its companions copy the file's mode.
  closeSync(openSync(path, 'a', 0o600));
  const database = new SqliteDatabase(path, { timeout: busyTimeout });
  try {
    // With a write-ahead log, NORMAL loses nothing when a process dies; a power failure may lose
    // the last moments, never consistency.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    migrate(database);
    return {
      transactions: createTransactionStore(database),
      signIns: createSignInStore(database),
      authorities: createAuthorityStore(database),
      sessions: createSessionStore(database),
      signingKeys: createSigningKeyStore(database),
      revocation: createRevocationStore(database),
      ping: () =>
        settle(() => {
          database.prepare('SELECT 1').get();
        }),
      close: () =>
        settle(() => {
          database.close();
        }),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
