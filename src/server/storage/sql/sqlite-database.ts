/** The SQLite driver: better-sqlite3, whose calls are synchronous, behind promises. */
import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import SqliteDatabase, { type Database, type Statement } from 'better-sqlite3';
import { ServerError } from '../../errors.ts';
import { createCheckpointer, type Checkpointer } from './checkpointer.ts';
import {
  ConstraintViolation,
  type SqlConnection,
  type SqlDatabase,
  type SqlValue,
} from './sql-database.ts';

/** How long a statement waits for another process that is writing, in milliseconds. */
const busyTimeout = 2000;

/** How often it tries meanwhile, in milliseconds. */
const retryInterval = 10;

/** Pages of the log, 64 MiB, at which a commit writes it back by itself; see checkpointer.ts. */
const largestLog = 16_384;

/**
 * Opens a database file, or makes it where there is none (readable by its owner only). Several
 * processes may have the same file open at the same time.
 *
 * @param path - the file
 * @throws ServerError `storage_unavailable` where the file cannot be opened
 */
export function openSqliteDatabase(path: string): SqlDatabase {
  let file: Database | undefined;
  try {
    // SQLite would make the file with the process's umask; its companions copy the file's mode.
    closeSync(openSync(path, 'a', 0o600));
    file = new SqliteDatabase(path, { timeout: busyTimeout });
    // With a write-ahead log, NORMAL loses nothing when a process dies; a power failure may lose
    // the last moments, never consistency.
    file.pragma('journal_mode = WAL');
    file.pragma('synchronous = NORMAL');
    file.pragma('foreign_keys = ON');
    file.pragma(`wal_autocheckpoint = ${largestLog}`);
    // From here on, whoever finds the database busy waits outside SQLite; see settle().
    file.pragma('busy_timeout = 0');
    return createDatabase(file, createCheckpointer(path));
  } catch (cause) {
    file?.close();
    throw new ServerError('storage_unavailable', { cause });
  }
}

function createDatabase(file: Database, checkpointer: Checkpointer): SqlDatabase {
  const connection = createConnection(file);
  const turns = createTurns();
  return {
    dialect: 'sqlite',
    all: <Row>(sql: string, parameters?: readonly SqlValue[]) =>
      turns.take(() => connection.all<Row>(sql, parameters)),
    get: <Row>(sql: string, parameters?: readonly SqlValue[]) =>
      turns.take(() => connection.get<Row>(sql, parameters)),
    run(sql, parameters) {
      checkpointer.noteWrite();
      return turns.take(() => connection.run(sql, parameters));
    },
    transaction(work) {
      checkpointer.noteWrite();
      return turns.take(() => inTransaction(file, 'BEGIN IMMEDIATE', () => work(connection)));
    },
    snapshot: (work) => turns.take(() => inTransaction(file, 'BEGIN', () => work(connection))),
    async close() {
      await checkpointer.close();
      await turns.take(() => settle(() => file.close()));
    },
  };
}

/**
 * Statements of others must not slip into a transaction that awaits: while one is open they wait for
 * their turn; while none is, they run at once.
 */
function createTurns() {
  let last: Promise<unknown> | undefined;
  return {
    take<T>(work: () => Promise<T>): Promise<T> {
      const turn = last === undefined ? work() : last.then(work, work);
      last = turn;
      const leave = (): void => {
        if (last === turn) last = undefined;
      };
      turn.then(leave, leave);
      return turn;
    },
  };
}

async function inTransaction<T>(
  file: Database,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE',
  work: () => Promise<T>,
): Promise<T> {
  await settle(() => file.exec(begin));
  try {
    const result = await work();
    await settle(() => file.exec('COMMIT'));
    return result;
  } catch (error) {
    // A full disk has SQLite undo the transaction by itself.
    if (file.inTransaction) file.exec('ROLLBACK');
    throw error;
  }
}

function createConnection(file: Database): SqlConnection {
  const statements = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = file.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    all: <Row>(sql: string, parameters?: readonly SqlValue[]) =>
      settle(() => prepare(sql).all(...named(parameters)) as Row[]),
    get: <Row>(sql: string, parameters?: readonly SqlValue[]) =>
      settle(() => prepare(sql).get(...named(parameters)) as Row | undefined),
    run: (sql, parameters) => settle(() => prepare(sql).run(...named(parameters)).changes),
  };
}

/** SQLite takes $1 for a name. */
function named(parameters: readonly SqlValue[] | undefined): [] | [Record<string, SqlValue>] {
  if (parameters === undefined || parameters.length === 0) return [];
  const values: Record<string, SqlValue> = {};
  for (const [index, value] of parameters.entries()) values[String(index + 1)] = value;
  return [values];
}

/** A statement that is wrong, or a value that does not fit it: trying again would not help. */
const mistakes: ReadonlySet<string> = new Set([
  'SQLITE_ERROR',
  'SQLITE_MISMATCH',
  'SQLITE_MISUSE',
  'SQLITE_RANGE',
  'SQLITE_TOOBIG',
]);

/**
 * Does synchronous work, again while another connection holds the lock that it needs: waiting inside
 * SQLite would hold the event loop.
 *
 * @returns rejects with ServerError `storage_unavailable` where SQLite fails (a full disk, a lock
 *   that another process holds for too long), ConstraintViolation, or whatever else the work throws:
 *   SQLite's own error where the statement is at fault
 */
async function settle<T>(work: () => T): Promise<T> {
  for (let waited = 0; ; waited += retryInterval) {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof SqliteDatabase.SqliteError)) throw cause;
      if (cause.code.startsWith('SQLITE_CONSTRAINT')) throw new ConstraintViolation(cause);
      if (mistakes.has(cause.code)) throw cause;
      if (!cause.code.startsWith('SQLITE_BUSY') || waited >= busyTimeout) {
        throw new ServerError('storage_unavailable', { cause });
      }
    }
    await setTimeout(retryInterval);
  }
}
