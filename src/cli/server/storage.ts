/** `countersign-server backup`, `restore` and `storage move`: copies of everything the server keeps. */
import type { Command } from 'commander';
import { silentLogger, systemRandom } from '../../core/index.ts';
import {
  backUpStorage,
  moveStorage,
  openDataDirectory,
  openStorage,
  restoreStorage,
  verifyAuditChain,
  type CopiedRows,
  type CopyOptions,
  type StorageAddress,
} from '../../server/index.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, type Output } from '../output.ts';
import { readSettings, withDataOptions, type CommandContext, type DataOptions } from './context.ts';
import { parseStorageAddress, storageOf } from './storage-address.ts';

interface CopyCommandOptions extends DataOptions {
  readonly json?: true;
}

interface MoveOptions extends CopyCommandOptions {
  readonly to: string;
  readonly toPasswordFile?: string;
}

/** Adds the commands. */
export function addStorageCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  withDataOptions(
    program.command('backup <file>').description('write all that the server keeps into a new file'),
  )
    .option('--json', 'print JSON')
    .action((file: string, options: CopyCommandOptions) => backUp(context, file, options));
  withDataOptions(
    program.command('restore <file>').description('write a backup into an empty storage'),
  )
    .option('--json', 'print JSON')
    .action(async (file: string, options: CopyCommandOptions) => {
      const target = addressOf(context, options);
      const rows = await readingFile(file, () => restoreStorage(file, target, copyOptions(output)));
      await tell(output, options, `restored ${file}`, rows, target);
    });
  const storage = program.command('storage').description('where the server keeps everything');
  withDataOptions(
    storage.command('move').description('copy all that the server keeps into an empty storage'),
  )
    .requiredOption('--to <storage>', 'postgres://USER@HOST:PORT/DATABASE or sqlite:FILE')
    .option('--to-password-file <file>', 'file with the password of the PostgreSQL user')
    .option('--json', 'print JSON')
    .action(async (options: MoveOptions) => {
      const target = parseStorageAddress(options.to, options.toPasswordFile);
      const source = addressOf(context, options);
      const rows = await moveStorage(source, target, copyOptions(output));
      await tell(output, options, 'moved', rows, target);
      if (options.json === undefined) output.out(`now set storage.url to the new address\n`);
    });
}

function addressOf(context: CommandContext, options: DataOptions): StorageAddress {
  const settings = readSettings(context, options);
  return storageOf(settings, openDataDirectory(settings.dataDirectory, systemRandom).databasePath);
}

async function backUp(
  context: CommandContext,
  file: string,
  options: CopyCommandOptions,
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
  options: CopyCommandOptions,
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
