/** `countersign-server backup`, `restore` and `storage move`: copies of everything the server keeps. */
import type { Command } from 'commander';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';
import type { MoveOptions } from './storage-copies.ts';

const actions = () => import('./storage-copies.ts');

/** Adds the commands. */
export function addStorageCommands(program: Command, context: CommandContext): void {
  withDataOptions(
    program.command('backup <file>').description('write all that the server keeps into a new file'),
  )
    .option('--json', 'print JSON')
    .action(async (file: string, options: PrintOptions) =>
      (await actions()).backUp(context, file, options),
    );
  withDataOptions(
    program.command('restore <file>').description('write a backup into an empty storage'),
  )
    .option('--json', 'print JSON')
    .action(async (file: string, options: PrintOptions) =>
      (await actions()).restore(context, file, options),
    );
  const storage = program.command('storage').description('where the server keeps everything');
  withDataOptions(
    storage.command('move').description('copy all that the server keeps into an empty storage'),
  )
    .requiredOption('--to <storage>', 'postgres://USER@HOST:PORT/DATABASE or sqlite:FILE')
    .option('--to-password-file <file>', 'file with the password of the PostgreSQL user')
    .option('--json', 'print JSON')
    .action(async (options: MoveOptions) => (await actions()).move(context, options));
}
