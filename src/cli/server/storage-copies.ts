/** What `countersign-server backup`, `restore` and `storage move` do. */
import { silentLogger, systemRandom } from '../../core/index.ts';
import { verifyAuditChain } from '../../server/audit/index.ts';
import {
  backUpStorage,
  moveStorage,
  openDataDirectory,
  openStorage,
  restoreStorage,
  type CopiedRows,
  type CopyOptions,
  type StorageAddress,
} from '../../server/storage/index.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, type Output } from '../output.ts';
import type { CommandContext, PrintOptions } from './context.ts';
import { readSettings } from './storage-access.ts';
import { parseStorageAddress, storageOf } from './storage-address.ts';

/** Options of `storage move`. */
export interface MoveOptions extends PrintOptions {
  readonly to: string;
  readonly toPasswordFile?: string;
}

/** Writes a backup into an empty storage. */
export async function restore(
  context: CommandContext,
  file: string,
  options: PrintOptions,
): Promise<void> {
  const { output } = context;
  const target = addressOf(context, options);
  const rows = await readingFile(file, () => restoreStorage(file, target, copyOptions(output)));
  await tell(output, options, `restored ${file}`, rows, target);
}

/** Copies everything into an empty storage. */
export async function move(context: CommandContext, options: MoveOptions): Promise<void> {
  const { output } = context;
  const target = parseStorageAddress(options.to, options.toPasswordFile);
  const source = addressOf(context, options);
  const rows = await moveStorage(source, target, copyOptions(output));
  await tell(output, options, 'moved', rows, target);
  if (options.json === undefined) output.out(`now set storage.url to the new address\n`);
}

function addressOf(context: CommandContext, options: PrintOptions): StorageAddress {
  const settings = readSettings(context, options);
  return storageOf(settings, openDataDirectory(settings.dataDirectory, systemRandom).databasePath);
}

/** Writes everything into a new file. */
export async function backUp(
  context: CommandContext,
  file: string,
  options: PrintOptions,
): Promise<void> {
  const { output } = context;
  const source = addressOf(context, options);
  try {
    const rows = await backUpStorage(source, file, copyOptions(output));
    output.out(
      options.json
        ? formatJson({ file, rows: Object.fromEntries(rows) })
        : `backed up ${countOf(rows)} rows into ${file}\nit holds private keys: keep it as safe as the server\n`,
    );
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    const message = `The file ${file} cannot be written: ${cause.message}.`;
    throw new CliError('file_unwritable', { message, cause });
  }
}

async function readingFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    const message = `The file ${file} cannot be read: ${cause.message}.`;
    throw new CliError('file_unreadable', { message, cause });
  }
}

/** Errors of the file system name the call that failed. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}

/** A line on standard error for every so many rows. */
const rowsPerLine = 100_000;

function copyOptions(output: Output): CopyOptions {
  let told = 0;
  return {
    logger: silentLogger,
    progress: (table, rows) => {
      const reached = Math.floor(rows / rowsPerLine);
      if (reached > 0 && reached !== told) output.err(`${table}: ${rows} rows …\n`);
      told = reached;
    },
  };
}

function countOf(rows: CopiedRows): number {
  return [...rows.values()].reduce((sum, count) => sum + count, 0);
}

/** Tells what was copied, and whether the audit log that came with it is whole. */
async function tell(
  output: Output,
  options: PrintOptions,
  done: string,
  rows: CopiedRows,
  target: StorageAddress,
): Promise<void> {
  const storage = await openStorage(target, silentLogger);
  try {
    const { entries, problem } = await verifyAuditChain(storage.audit);
    if (options.json) {
      const audit = { entries, problem: problem ?? null };
      output.out(formatJson({ rows: Object.fromEntries(rows), audit }));
    } else {
      output.out(`${done}: ${countOf(rows)} rows, read again and found the same\n`);
      output.out(`audit log: ${entries} entries, ${problem?.message ?? 'chain whole'}\n`);
    }
    if (problem !== undefined) throw new ExitWith(exitCodes.auditLogDamaged);
  } finally {
    await storage.close();
  }
}
