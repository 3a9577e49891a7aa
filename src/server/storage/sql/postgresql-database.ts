/** The PostgreSQL driver: node-postgres' pool. */
import { Socket } from 'node:net';
import pg from 'pg';
import type { Logger } from '../../../core/index.ts';
import { ServerError } from '../../errors.ts';
import { readPostgresqlUrl } from './postgresql-address.ts';
import {
  ConstraintViolation,
  type SqlConnection,
  type SqlDatabase,
  type SqlPlanning,
  type SqlValue,
} from './sql-database.ts';

/** Settings of {@link createPostgresqlDatabase}. */
export interface PostgresqlOptions {
  /**
   * `postgres://user:password@host:port/database`, or with `?host=/directory/of/its/socket`; with
   * `sslmode` and the like, it is as docs/storage.md says.
   */
  readonly url: string;
  /** Most connections at a time. */
  readonly connections?: number | undefined;
  readonly logger: Logger;
}

/** How long a new connection may take, in milliseconds. */
const connectTimeout = 3000;

/** How long a statement may take, in milliseconds. */
const statementTimeout = 10_000;

const defaultConnections = 10;

/** How often a transaction is tried that others are in the way of. */
const attempts = 5;

/** Times and counts are far below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A database that is connected to when it is first used, and again whenever a connection was lost.
 *
 * @param options - where it is
 * @param patience - `serving`: what takes long fails; `maintenance`: it may take its time
 * @throws ServerError `storage_unavailable` where the address cannot be used
 */
export function createPostgresqlDatabase(
  options: PostgresqlOptions,
  patience: 'serving' | 'maintenance',
): SqlDatabase {
  const sockets = new Set<Socket>();
  const { connectionString, ssl } = readPostgresqlUrl(options.url);
  const pool = new pg.Pool({
    ...{ connectionString, ssl },
    stream: () => {
      const socket = new Socket();
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      return socket;
    },
    max: options.connections ?? defaultConnections,
    connectionTimeoutMillis: connectTimeout,
    ...(patience === 'serving' && {
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + connectTimeout,
      idle_in_transaction_session_timeout: statementTimeout,
    }),
    application_name: 'countersign-server',
    keepAlive: true,
    types,
  });
  pool.on('error', (error) => {
    options.logger.warn('database connection lost', { reason: error.message });
  });
  // A connection that is lost while it is in use: the statement under way, or the next one, fails.
  // Without a listener, Node would end the process.
  pool.on('connect', (client) => client.on('error', ignore));
  return createDatabase(pool, sockets);
}

function ignore(): void {
  // Told by the statement that fails.
}

function createDatabase(pool: pg.Pool, sockets: ReadonlySet<Socket>): SqlDatabase {
  return {
    dialect: 'postgresql',
    ...createConnection(pool),
    async transaction(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await inTransaction(pool, 'BEGIN', work);
        } catch (error) {
          if (!isConflict(error) || attempt === attempts) throw error;
        }
      }
    },
    snapshot: (work) =>
      inTransaction(pool, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    async close() {
      await pool.end();
      // node-postgres forgets connections that failed to log in for want of a password.
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const client = await answered(() => pool.connect());
  let broken = false;
  try {
    await answered(() => client.query(begin));
    const result = await work(createConnection(client));
    await answered(() => client.query('COMMIT'));
    return result;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    // A connection in an unknown state is closed, not given to the next.
    client.release(broken);
  }
}

/** Statements are prepared under a name, once a connection. */
const statementNames = new Map<string, string>();

function nameOf(sql: string): string {
  const known = statementNames.get(sql);
  if (known !== undefined) return known;
  const name = `countersign_${statementNames.size}`;
  statementNames.set(sql, name);
  return name;
}

function createConnection(client: Pick<pg.Pool | pg.PoolClient, 'query'>): SqlConnection {
  const query = (
    sql: string,
    parameters: readonly SqlValue[] = [],
    planning: SqlPlanning = 'once',
  ) =>
    answered((): Promise<pg.QueryResult> => {
      const values = parameters.map(toDriver);
      return client.query({
        text: sql,
        values,
        ...(planning === 'once' && { name: nameOf(sql) }),
      });
    });
  return {
    all: async <Row>(sql: string, parameters?: readonly SqlValue[], planning?: SqlPlanning) =>
      (await query(sql, parameters, planning)).rows as Row[],
    get: async <Row>(sql: string, parameters?: readonly SqlValue[]) =>
      (await query(sql, parameters)).rows[0] as Row | undefined,
    run: async (sql, parameters) => (await query(sql, parameters)).rowCount ?? 0,
  };
}

/**
 * node-postgres sends Buffers as bytea, and other arrays as text. PostgreSQL's text has no NUL, which
 * an agent may well claim to be called: another character that is no name's stands for it.
 */
function toDriver(value: SqlValue): string | number | Buffer | null {
  if (typeof value === 'string') return value.replaceAll('\0', '\u{fffd}');
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : value;
}

/** SQLSTATE of serialization_failure and deadlock_detected. */
const conflicts: ReadonlySet<unknown> = new Set(['40001', '40P01']);

function isConflict(error: unknown): boolean {
  const cause = error instanceof ServerError ? error.cause : undefined;
  return cause instanceof pg.DatabaseError && conflicts.has(cause.code);
}

/** Classes of SQLSTATEs. */
const constraintClass = '23';
/** Data that does not fit, and statements that are wrong: trying again would not help. */
const mistakeClasses: ReadonlySet<string> = new Set(['22', '42']);

/**
 * @throws ConstraintViolation; ServerError `storage_unavailable` where the database does not answer;
 *   the driver's error where the statement is at fault
 */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const code = cause instanceof pg.DatabaseError ? cause.code?.slice(0, 2) : undefined;
    if (code === constraintClass) throw new ConstraintViolation(cause as Error);
    if (code !== undefined && mistakeClasses.has(code)) throw cause;
    throw new ServerError('storage_unavailable', { cause });
  }
}
