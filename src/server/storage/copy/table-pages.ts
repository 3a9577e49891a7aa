/** Tables as pages of rows: read from one database, written to another, compared by their digests. */
import { createHash, type Hash } from 'node:crypto';
import { copiedTables, type CopiedTable } from '../sql/copied-tables.ts';
import type { SqlConnection, SqlValue } from '../sql/sql-database.ts';

/** A row's values in the order of the columns. */
export type CopiedRow = readonly SqlValue[];

/** Some rows of a table. */
export interface TablePage {
  readonly table: CopiedTable;
  readonly columns: readonly string[];
  readonly rows: readonly CopiedRow[];
}

/** Says how far a copy is. */
export type CopyProgress = (table: string, rows: number) => void;

/**
 * Reads all tables, page by page and in the order of their keys.
 *
 * @param connection - of a snapshot
 */
export async function* readTables(connection: SqlConnection): AsyncGenerator<TablePage> {
  for (const table of copiedTables) yield* readTable(connection, table);
}

/**
 * Reads one table in the order of its key.
 *
 * @param columns - which ones, and in which order; all as they come unless told
 */
export async function* readTable(
  connection: SqlConnection,
  table: CopiedTable,
  columns?: readonly string[],
): AsyncGenerator<TablePage> {
  const selected = columns?.join(', ') ?? '*';
  const key = table.key.join(', ');
  const from = table.key.map((_, index) => `$${index + 1}`).join(', ');
  let last: Readonly<Record<string, SqlValue>> | undefined;
  for (;;) {
    const beyond = last === undefined ? '' : `WHERE (${key}) > (${from})`;
    const sql = `SELECT ${selected} FROM ${table.name} ${beyond} ORDER BY ${key} LIMIT ${table.page}`;
    const position = table.key.map((column) => last?.[column] ?? null);
    const rows = await connection.all<Readonly<Record<string, SqlValue>>>(
      sql,
      last === undefined ? [] : position,
    );
    last = rows.at(-1);
    if (last === undefined) return;
    const names = columns ?? Object.keys(last);
    yield {
      table,
      columns: names,
      rows: rows.map((row) => names.map((name) => portable(row[name]))),
    };
    if (rows.length < table.page) return;
  }
}

/** PostgreSQL's text has no NUL; its driver writes the same in its place. */
function portable(value: SqlValue | undefined): SqlValue {
  return typeof value === 'string' ? value.replaceAll('\0', '\u{fffd}') : (value ?? null);
}

/** Most values of one INSERT; PostgreSQL and SQLite take some 32,000. */
const maxValues = 8000;

/** Writes a page. */
export async function writePage(connection: SqlConnection, page: TablePage): Promise<void> {
  const { table, columns, rows } = page;
  const most = Math.max(1, Math.floor(maxValues / columns.length));
  for (let start = 0; start < rows.length; start += most) {
    const some = rows.slice(start, start + most);
    const places = some.map((_, row) => {
      const marks = columns.map((__, column) => `$${row * columns.length + column + 1}`);
      return `(${marks.join(', ')})`;
    });
    const sql = `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES ${places.join(', ')}`;
    await connection.run(sql, some.flat());
  }
}

/** What was seen of a table. */
interface TableDigest {
  readonly columns: readonly string[];
  readonly hash: Hash;
  rows: number;
}

/** Counts rows and takes each table's digest, whatever the pages they come in. */
export class TableDigests {
  readonly #tables = new Map<CopiedTable, TableDigest>();

  /** Takes in a page. @returns the rows of its table so far */
  add({ table, columns, rows }: TablePage): number {
    let seen = this.#tables.get(table);
    if (seen === undefined) {
      seen = { columns, hash: createHash('sha256'), rows: 0 };
      this.#tables.set(table, seen);
    }
    for (const row of rows) seen.hash.update(`${encodeRow(row)}\n`);
    seen.rows += rows.length;
    return seen.rows;
  }

  /** The tables that had rows, with their columns. */
  get tables(): readonly (readonly [CopiedTable, readonly string[]])[] {
    return Array.from(this.#tables, ([table, { columns }]) => [table, columns] as const);
  }

  /** Rows by table. */
  get rows(): ReadonlyMap<string, number> {
    return new Map(Array.from(this.#tables, ([{ name }, { rows }]) => [name, rows]));
  }

  /** @returns the hexadecimal SHA-256 of a table's rows, without which there were none */
  digestOf(table: CopiedTable): string | undefined {
    return this.#tables.get(table)?.hash.copy().digest('hex');
  }
}

/** A row as JSON; bytes become `{"base64": …}`. */
export function encodeRow(row: CopiedRow): string {
  return JSON.stringify(
    row.map((value) =>
      value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
    ),
  );
}
