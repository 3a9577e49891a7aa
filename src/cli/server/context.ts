/** What every command of the server's program shares: settings, storage, output. */
import type { Command } from 'commander';
import { silentLogger, systemRandom, type Logger } from '../../core/index.ts';
import {
  openDataDirectory,
  openStorage,
  type DataDirectory,
  type Storage,
} from '../../server/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { ServerSettingsError } from './settings-errors.ts';
import { loadServerSettings, type ServerSettings, type SettingsSources } from './settings.ts';
import { storageOf } from './storage-address.ts';

export { readNamedFile } from './named-file.ts';

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

/**
 * Opens the storage for one command, and closes it whatever happens.
 *
 * @param logger - is told of lost connections
 */
export async function withStorage<T>(
  settings: ServerSettings,
  work: (storage: Storage, data: DataDirectory) => Promise<T>,
  logger: Logger = silentLogger,
): Promise<T> {
  const data = openDataDirectory(settings.dataDirectory, systemRandom);
  const storage = await openStorage(storageOf(settings, data.databasePath), logger);
  try {
    return await work(storage, data);
  } finally {
    await storage.close();
  }
}
