/**
 * The backup file (docs/storage.md): gzip of JSON lines. The first says what it is; then, for each
 * table, a line with its name and columns and one line for each row; the last tells how many rows
 * there were, so that a file that was cut off shows.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ServerError } from '../../errors.ts';
import { copiedTables, type CopiedTable } from '../sql/copied-tables.ts';
import type { SqlValue } from '../sql/sql-database.ts';
import { encodeRow, type CopiedRow, type TablePage } from './table-pages.ts';
import { writeWholeFile } from './whole-file.ts';

const format = 'countersign-server backup';
const formatVersion = 1;

/** What the first line says. */
export interface BackupHead {
  /** Steps of the schema that the tables are of. */
  readonly schema: number;
  readonly createdAt: string;
}

/** A CRL of 256 MB in base64. */
const maxLine = 360_000_000;

/** Bytes that are gathered before they go to the compressor. */
const chunkSize = 64 * 1024;

/**
 * Writes a file that was not there before, readable by its owner only: it holds private keys. It has
 * its name only once it is whole.
 *
 * @throws the file system's error
 */
export async function writeBackupFile(
  path: string,
  head: BackupHead,
  pages: AsyncIterable<TablePage>,
): Promise<void> {
  await writeWholeFile(path, (file) =>
    pipeline(Readable.from(gathered(linesOf(head, pages))), createGzip(), file),
  );
}

async function* linesOf(head: BackupHead, pages: AsyncIterable<TablePage>): AsyncGenerator<string> {
  yield JSON.stringify({ format, version: formatVersion, ...head });
  let name: string | undefined;
  let total = 0;
  for await (const { table, columns, rows } of pages) {
    if (table.name !== name) yield JSON.stringify({ table: table.name, columns });
    name = table.name;
    for (const row of rows) yield encodeRow(row);
    total += rows.length;
  }
  yield JSON.stringify({ end: total });
}

async function* gathered(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length < chunkSize) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** A backup file that is being read. */
export interface OpenBackup {
  readonly head: BackupHead;
  /** Reads its rows, from the start; throws ServerError `backup_invalid` where the file is damaged or cut off. */
  readonly pages: () => AsyncGenerator<TablePage>;
}

/**
 * Opens a backup file.
 *
 * @throws ServerError `backup_invalid`; the file system's error
 */
export async function openBackupFile(path: string): Promise<OpenBackup> {
  await (await open(path, 'r')).close();
  for await (const line of readLines(path)) {
    return { head: readHead(line), pages: () => readPages(readLines(path)) };
  }
  throw invalid('It is empty.');
}

function readHead(line: string): BackupHead {
  const head = parse(line);
  if (isRecord(head) && head['format'] === format && head['version'] === formatVersion) {
    const { schema, createdAt } = head;
    if (Number.isSafeInteger(schema) && Number(schema) > 0 && typeof createdAt === 'string') {
      return { schema: Number(schema), createdAt };
    }
  }
  throw invalid('Its first line is not that of a backup.');
}

/** @param lines - the head's first */
async function* readPages(lines: AsyncGenerator<string>): AsyncGenerator<TablePage> {
  let current: { readonly table: CopiedTable; readonly columns: readonly string[] } | undefined;
  let rows: CopiedRow[] = [];
  let total = 0;
  await lines.next();
  for await (const line of lines) {
    const value = parse(line);
    if (Array.isArray(value) && current !== undefined) {
      rows.push(readRow(value, current.columns.length));
      total += 1;
      if (rows.length < current.table.page) continue;
    }
    if (current !== undefined && rows.length > 0) yield { ...current, rows };
    rows = [];
    if (Array.isArray(value) && current !== undefined) continue;
    if (isRecord(value) && value['end'] === total) {
      // The checksum stands behind the last line: it is compared when that is asked for.
      if ((await lines.next()).done === true) return;
      throw invalid('It goes on after its end.');
    }
    current = readTableHead(value);
  }
  throw invalid('It ends too early.');
}

function readTableHead(value: unknown) {
  if (isRecord(value) && Array.isArray(value['columns'])) {
    const table = copiedTables.find(({ name }) => name === value['table']);
    const columns = value['columns'] as unknown[];
    // They go into statements.
    const isName = (column: unknown) => typeof column === 'string' && /^[a-z0-9_]+$/.test(column);
    if (table !== undefined && columns.length > 0 && columns.every(isName)) {
      return { table, columns: columns as string[] };
    }
  }
  throw invalid('It holds what no backup of this version does.');
}

function readRow(values: readonly unknown[], length: number): CopiedRow {
  if (values.length === length) return values.map(readValue);
  throw invalid('A row has not as many values as its table has columns.');
}

function readValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (isRecord(value) && typeof value['base64'] === 'string') {
    return Buffer.from(value['base64'], 'base64');
  }
  throw invalid('It holds a value of an unknown kind.');
}

/** The lines of a compressed file, each at most {@link maxLine} long. */
async function* readLines(path: string): AsyncGenerator<string> {
  const source = createReadStream(path);
  const plain = createGunzip();
  source.once('error', (error) => plain.destroy(error));
  source.pipe(plain);
  let parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
        parts = [];
        length = 0;
        start = end + 1;
      }
      if (start === chunk.length) continue;
      parts.push(chunk.subarray(start));
      length += chunk.length - start;
      if (length > maxLine) throw invalid('A line of it is too long.');
    }
  } catch (cause) {
    if (isCompressionError(cause)) throw invalid('It cannot be decompressed.', cause);
    throw cause;
  } finally {
    source.destroy();
    plain.destroy();
  }
}

function isCompressionError(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw invalid('A line of it is no JSON.', cause as Error);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string, cause?: Error): ServerError {
  return new ServerError('backup_invalid', {
    message: `The file is no backup, or is damaged or cut off: ${reason}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
