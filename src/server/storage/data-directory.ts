/** The directory where a server keeps its database and the administrator's token. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { encodeBase64Url, type RandomSource } from '../../core/index.ts';
import { makeDirectory } from '../../files/index.ts';
import { ServerError } from '../errors.ts';

/** What stands in a data directory. */
export interface DataDirectory {
  /** Path of the SQLite database. */
  readonly databasePath: string;
  /** Path of the file with the administrator's token. */
  readonly adminTokenPath: string;
  readonly adminToken: string;
  /** True where this call made the token. */
  readonly adminTokenIsNew: boolean;
  /** Path of the file with the set-up token, where there is one. */
  readonly setupTokenPath: string;
}

const tokenBytes = 32;

/**
 * Opens a data directory: makes it (mode 0700) and the administrator's token in it (mode 0600) where
 * they are missing, and refuses what others can read.
 *
 * @param path - the directory
 * @param random - the source of a new token
 * @throws ServerError `data_directory_unusable` or `data_directory_permissions`
 */
export function openDataDirectory(path: string, random: RandomSource): DataDirectory {
  const adminTokenPath = join(path, 'admin-token');
  try {
    makeDirectory(resolve(path));
    requirePrivate(path);
    const adminTokenIsNew = makeToken(adminTokenPath, random);
    requirePrivate(adminTokenPath);
    return {
      databasePath: join(path, 'countersign.db'),
      adminTokenPath,
      adminToken: readToken(adminTokenPath),
      adminTokenIsNew,
      setupTokenPath: join(path, 'setup-token'),
    };
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError('data_directory_unusable', {
      message: `The data directory ${path} cannot be used: ${(cause as Error).message}.`,
      cause,
    });
  }
}

/**
 * Reads the token that who makes the first administrator must know; makes it (mode 0600) where it is
 * missing.
 *
 * @throws ServerError `data_directory_unusable` or `data_directory_permissions`
 */
export function openSetupToken({ setupTokenPath }: DataDirectory, random: RandomSource): string {
  makeToken(setupTokenPath, random);
  requirePrivate(setupTokenPath);
  return readToken(setupTokenPath);
}

/** Deletes it: there is an administrator. */
export function removeSetupToken({ setupTokenPath }: DataDirectory): void {
  rmSync(setupTokenPath, { force: true });
}

/** On Windows, the mode bits say nothing: there the directory's inherited access list rules. */
function requirePrivate(path: string): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  throw new ServerError('data_directory_permissions', {
    message: `Others can read or write ${path}; make it its owner’s only (chmod go-rwx), or name a data directory that is.`,
  });
}

function makeToken(path: string, random: RandomSource): boolean {
  try {
    writeFileSync(path, `${encodeBase64Url(random.bytes(tokenBytes))}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readToken(path: string): string {
  const token = readFileSync(path, 'utf8').trim();
  if (token.length >= 32) return token;
  throw new ServerError('data_directory_unusable', {
    message: `The token in ${path} is shorter than 32 characters; delete the file to have a new one made.`,
  });
}
