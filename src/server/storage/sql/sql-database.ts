/**
 * What the stores need of a database. Each statement is written once, in the SQL that SQLite and
 * PostgreSQL share, with parameters $1, $2, …; the two drivers stand beside this file.
 */

/** A value that goes into a statement. Times go in as milliseconds since 1970, truth as 0 or 1. */
export type SqlValue = string | number | Uint8Array | null;

/**
 * When the way to a statement's rows is chosen: `once` for all values, which costs least, or `each
 * time`, for statements where one value has a million rows and another has none.
 */
export type SqlPlanning = 'once' | 'each time';

/** Statements against a database, or within one of its transactions. */
export interface SqlConnection {
  /**
   * Runs a statement that gives rows.
   *
   * @throws ServerError `storage_unavailable` where the database does not answer;
   *   {@link ConstraintViolation}; the driver's error where the statement itself is at fault
   */
  all<Row>(
    sql: string,
    parameters?: readonly SqlValue[],
    planning?: SqlPlanning,
  ): Promise<readonly Row[]>;
  /** As {@link all}, for the first row. */
  get<Row>(sql: string, parameters?: readonly SqlValue[]): Promise<Row | undefined>;
  /** Runs a statement that changes rows. @returns how many it changed */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
}

/** A database. */
export interface SqlDatabase extends SqlConnection {
  readonly dialect: 'sqlite' | 'postgresql';
  /**
   * Runs work in one transaction, which is undone where the work throws. In PostgreSQL the work may
   * run again from its start where another transaction was in its way: it must change nothing else.
   *
   * @param work - uses the connection that it is handed and nothing else of the database
   */
  transaction<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>;
  /** Runs work that reads what there was at one moment, while others go on writing. */
  snapshot<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A row that the schema does not allow: its key is taken, or what it refers to is not there. */
export class ConstraintViolation extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'ConstraintViolation';
  }
}

/** @returns false where the schema does not allow what was to be written */
export async function allowed(written: Promise<boolean>): Promise<boolean> {
  try {
    return await written;
  } catch (error) {
    if (error instanceof ConstraintViolation) return false;
    throw error;
  }
}

/** Takes a lock that others who take the same one wait for, until the transaction ends. */
export async function lockName(
  database: Pick<SqlDatabase, 'dialect'>,
  connection: SqlConnection,
  name: number,
): Promise<void> {
  // In SQLite, a transaction is alone with the database.
  if (database.dialect === 'sqlite') return;
  await connection.get('SELECT pg_advisory_xact_lock($1)', [name]);
}

/** Milliseconds since 1970, or null. */
export function timeOrNull(time: Date | undefined): number | null {
  return time?.getTime() ?? null;
}

/** The moment of a column, or undefined. */
export function dateOrUndefined(time: number | null): Date | undefined {
  return time === null ? undefined : new Date(time);
}
