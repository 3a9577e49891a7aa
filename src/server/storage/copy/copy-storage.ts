/** Backup, restore and move: all of a storage, from one moment, checked row by row. */
import { systemClock, type Clock, type Logger } from '../../../core/index.ts';
import { ServerError } from '../../errors.ts';
import { copiedTables, uncopiedTables } from '../sql/copied-tables.ts';
import { explainingFailure } from '../sql/database-failure.ts';
import { currentSchema, forgetSchema, migrate, migrateTo } from '../sql/migrations.ts';
import { readPostgresqlUrl } from '../sql/postgresql-address.ts';
import { createPostgresqlDatabase } from '../sql/postgresql-database.ts';
import type { SqlConnection, SqlDatabase } from '../sql/sql-database.ts';
import { openSqliteDatabase } from '../sql/sqlite-database.ts';
import type { StorageAddress } from '../storage-address.ts';
import { openBackupFile, writeBackupFile } from './backup-file.ts';
import {
  readTable,
  readTables,
  TableDigests,
  writePage,
  type CopyProgress,
  type TablePage,
} from './table-pages.ts';

/** Settings of a copy. */
export interface CopyOptions {
  readonly logger: Logger;
  readonly progress?: CopyProgress | undefined;
  readonly clock?: Clock | undefined;
}

/** Rows that were copied, by table; tables without any are left out. */
export type CopiedRows = ReadonlyMap<string, number>;

/**
 * Writes all of a storage, as it is at one moment, into a new file, while servers go on.
 *
 * @param path - of the file; readable by its owner only, as it holds private keys
 * @throws ServerError `storage_unavailable` or `storage_newer`; the file system's error
 */
export async function backUpStorage(
  source: StorageAddress,
  path: string,
  options: CopyOptions,
): Promise<CopiedRows> {
  return withDatabase(source, options.logger, async (database) => {
    await migrate(database);
    const copied = new TableDigests();
    await database.snapshot((connection) => {
      const createdAt = (options.clock ?? systemClock).now().toISOString();
      const pages = noted(readTables(connection), copied, options.progress);
      return writeBackupFile(path, { schema: currentSchema, createdAt }, pages);
    });
    return copied.rows;
  });
}

/**
 * Writes a backup file into an empty storage: all of it or nothing. One of an older version of this
 * program is brought up to date.
 *
 * @throws ServerError `backup_invalid`, `storage_newer` (so is the file), `storage_not_empty`,
 *   `storage_copy_differs` or `storage_unavailable`; the file system's error
 */
export async function restoreStorage(
  path: string,
  target: StorageAddress,
  options: CopyOptions,
): Promise<CopiedRows> {
  const { head, pages } = await openBackupFile(path);
  if (head.schema > currentSchema) throw new ServerError('storage_newer');
  return withDatabase(target, options.logger, (database) =>
    fill(database, head.schema, pages, options),
  );
}

/**
 * Copies all of a storage into an empty one: all of it or nothing. No server must run on either.
 *
 * @throws as {@link restoreStorage}
 */
export async function moveStorage(
  source: StorageAddress,
  target: StorageAddress,
  options: CopyOptions,
): Promise<CopiedRows> {
  return withDatabase(source, options.logger, async (from) => {
    await migrate(from);
    return withDatabase(target, options.logger, (to) =>
      from.snapshot((connection) => fill(to, currentSchema, () => readTables(connection), options)),
    );
  });
}

function withDatabase<T>(
  address: StorageAddress,
  logger: Logger,
  work: (database: SqlDatabase) => Promise<T>,
): Promise<T> {
  const isFile = address.kind === 'sqlite';
  const name = isFile ? address.path : readPostgresqlUrl(address.url).name;
  return explainingFailure(name, async () => {
    const database = isFile
      ? openSqliteDatabase(address.path)
      : createPostgresqlDatabase({ url: address.url, connections: 1, logger }, 'maintenance');
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  });
}

/** Writes pages of a schema into an empty database, compares, and brings it up to date. */
async function fill(
  database: SqlDatabase,
  schema: number,
  pages: () => AsyncIterable<TablePage>,
  { progress }: CopyOptions,
): Promise<CopiedRows> {
  let copied: CopiedRows = new Map();
  await database.transaction(async (connection) => {
    await migrateTo(database, connection, 0);
    await dropEmptyTables(database, connection);
    await migrateTo(database, connection, schema);
    const read = new TableDigests();
    for await (const page of noted(pages(), read, progress)) await writePage(connection, page);
    copied = await compare(connection, read);
    await goOnCounting(database, connection);
    await migrateTo(database, connection, currentSchema);
  });
  return copied;
}

/** @throws ServerError `storage_not_empty` where a table has a row */
async function dropEmptyTables(database: SqlDatabase, connection: SqlConnection): Promise<void> {
  const tables = [...copiedTables.map(({ name }) => name), ...uncopiedTables];
  const present = await presentTables(database, connection);
  for (const table of tables.reverse()) {
    if (!present.has(table)) continue;
    const row = await connection.get(`SELECT 1 AS found FROM ${table} LIMIT 1`);
    if (row !== undefined && table !== 'leases') throw new ServerError('storage_not_empty');
    await connection.run(`DROP TABLE ${table}`);
  }
  await forgetSchema(database, connection);
}

async function presentTables(
  { dialect }: SqlDatabase,
  connection: SqlConnection,
): Promise<ReadonlySet<string>> {
  const sql =
    dialect === 'sqlite'
      ? `SELECT name FROM sqlite_schema WHERE type = 'table'`
      : 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = CURRENT_SCHEMA';
  return new Set((await connection.all<{ name: string }>(sql)).map(({ name }) => name));
}

/** What was written is read again: a copy that differs is undone. */
async function compare(connection: SqlConnection, read: TableDigests): Promise<CopiedRows> {
  const written = new TableDigests();
  for (const [table, columns] of read.tables) {
    for await (const page of readTable(connection, table, columns)) written.add(page);
    if (written.digestOf(table) === read.digestOf(table)) continue;
    const message = `The table ${table.name} differs from what was read; nothing was changed.`;
    throw new ServerError('storage_copy_differs', { message });
  }
  return written.rows;
}

/** PostgreSQL numbers new authorities from 1, unless told of those that came with their numbers. */
async function goOnCounting({ dialect }: SqlDatabase, connection: SqlConnection): Promise<void> {
  if (dialect === 'sqlite') return;
  await connection.get(`SELECT setval(pg_get_serial_sequence('authorities', 'position'),
    (SELECT COALESCE(MAX(position), 0) + 1 FROM authorities), false)`);
}

async function* noted(
  pages: AsyncIterable<TablePage>,
  digests: TableDigests,
  progress: CopyProgress | undefined,
): AsyncGenerator<TablePage> {
  for await (const page of pages) {
    const rows = digests.add(page);
    progress?.(page.table.name, rows);
    yield page;
  }
}
