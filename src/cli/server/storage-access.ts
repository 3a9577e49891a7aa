/** The settings and the storage of a command. */
import { silentLogger, systemRandom, type Logger } from '../../core/index.ts';
import {
  openDataDirectory,
  openStorage,
  type DataDirectory,
  type Storage,
} from '../../server/storage/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommandContext, DataOptions } from './context.ts';
import { ServerSettingsError } from './settings-errors.ts';
import { loadServerSettings, type ServerSettings, type SettingsSources } from './settings.ts';
import { storageOf } from './storage-address.ts';

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
