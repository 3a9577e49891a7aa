/** Where the settings, or a command, say that the storage is. */
import { resolve } from 'node:path';
import type { StorageAddress } from '../../server/index.ts';
import { CliError } from '../errors.ts';
import { readNamedFile } from './named-file.ts';
import type { ServerSettings } from './settings.ts';
import { isStorageUrl, sqlitePrefix, storageUrlRule } from './storage-url.ts';

/**
 * Reads an address.
 *
 * @param text - `postgres://USER@HOST:PORT/DATABASE` or `sqlite:FILE`
 * @param passwordFile - a file with the password of a PostgreSQL address
 * @throws CliError `usage` or `file_unreadable`
 */
export function parseStorageAddress(text: string, passwordFile?: string): StorageAddress {
  if (!isStorageUrl(text)) {
    // The text itself is not told: it may hold a password.
    throw new CliError('usage', { message: `A storage’s address must be ${storageUrlRule}.` });
  }
  if (text.startsWith(sqlitePrefix)) {
    return { kind: 'sqlite', path: resolve(text.slice(sqlitePrefix.length)) };
  }
  if (passwordFile === undefined) return { kind: 'postgresql', url: text };
  const url = new URL(text);
  url.password = encodeURIComponent(readNamedFile(passwordFile).toString('utf8').trim());
  return { kind: 'postgresql', url: url.href };
}

/**
 * The storage of the settings: PostgreSQL where they name one, else the file in the data directory.
 *
 * @throws CliError `file_unreadable`
 */
export function storageOf(settings: ServerSettings, databasePath: string): StorageAddress {
  const text = settings['storage.url'];
  if (text === undefined) return { kind: 'sqlite', path: databasePath };
  const address = parseStorageAddress(text, settings['storage.passwordFile']);
  const connections = settings['storage.connections'];
  return address.kind === 'sqlite' ? address : { ...address, connections };
}
