/** What every command of the server's program shares: settings, storage, output. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { systemRandom } from '../../core/index.ts';
import {
  openDataDirectory,
  openSqliteStorage,
  type DataDirectory,
  type Storage,
} from '../../server/index.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { ServerSettingsError } from './settings-errors.ts';
import { loadServerSettings, type ServerSettings, type SettingsSources } from './settings.ts';

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

/** Reads the settings for a command; wrong ones end the program with their own exit code. */
export function readSettings(
  { environment }: CommandContext,
  options: DataOptions,
  overrides: SettingsSources['options'] = {},
): ServerSettings {
  try {
    return loadServerSettings({
      configFile: options.config,
      environment,
      options: { dataDirectory: options.dataDir, ...overrides },
    });
  } catch (error) {
    if (error instanceof ServerSettingsError) throw new ExitWith(exitCodes.settings, error);
    throw error;
  }
}

/** Opens the storage for one command, and closes it whatever happens. */
export async function withStorage<T>(
  directory: string,
  work: (storage: Storage, data: DataDirectory) => Promise<T>,
): Promise<T> {
  const data = openDataDirectory(directory, systemRandom);
  const storage = await openSqliteStorage(data.databasePath);
  try {
    return await work(storage, data);
  } finally {
    await storage.close();
  }
}

/**
 * Reads a file that the command line or the settings name.
 *
 * @throws CliError `file_unreadable`
 */
export function readNamedFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const message = `The file ${path} cannot be read: ${(cause as Error).message}.`;
    throw new CliError('file_unreadable', { message, cause });
  }
}
