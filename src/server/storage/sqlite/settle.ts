import SqliteDatabase from 'better-sqlite3';
import { ServerError } from '../../errors.ts';

/**
 * Gives the outcome of synchronous work as a promise: the storage interfaces are asynchronous,
 * better-sqlite3 is not.
 *
 * @returns rejects with ServerError `storage_unavailable` where SQLite fails (a full disk, a lock
 *   that another process holds for too long), and with whatever else the work throws
 */
export function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    try {
      resolve(work());
    } catch (cause) {
      if (!(cause instanceof SqliteDatabase.SqliteError)) throw cause;
      throw new ServerError('storage_unavailable', { cause });
    }
  });
}
