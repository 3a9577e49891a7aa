/** What every command of the server's program shares before it does anything: it loads at once. */
import type { Command } from 'commander';
import type { Output } from '../output.ts';

/** What the program was started with. */
export interface CommandContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Options that say where the settings and the data are. */
export interface DataOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/** Adds {@link DataOptions} to a command. */
export function withDataOptions(command: Command): Command {
  return command
    .option('--config <file>', 'settings file (default: /etc/countersign/server.json, if there)')
    .option('--data-dir <dir>', 'directory of the database and the administrator’s token');
}

/** Options of every command that needs data and prints for people or for programs. */
export interface PrintOptions extends DataOptions {
  readonly json?: true;
}
