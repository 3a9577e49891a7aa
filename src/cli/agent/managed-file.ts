/**
 * Reads settings files. The machine's are taken for an administrator's word only where nobody else can
 * have written them.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { AgentError } from '../../agent/errors.ts';

/** A file larger than this is not read: the parser takes a quarter of it. */
export const maxSettingsBytes = 1024 * 1024;

/**
 * Reads a settings file of the machine.
 *
 * @param name - absolute path
 * @returns undefined where there is no such file
 * @throws AgentError `settings_unreadable`, also where it is not an administrator's
 */
export type ManagedFileReader = (name: string) => Promise<Uint8Array | undefined>;

/**
 * Chooses the reader of a system. Where its addon cannot be loaded, reading fails: nobody would know whose
 * a file is.
 *
 * @param platform - as process.platform
 * @param userId - the agent's own; undefined on Windows
 */
export function managedFileReaderOf(
  platform: NodeJS.Platform,
  userId: number | undefined,
): ManagedFileReader {
  if (platform !== 'win32') {
    return (name) =>
      new Promise((resolve) => {
        resolve(readFile(name, (status) => foreignHand(status, userId)));
      });
  }
  return async (name) => {
    // The addon's code is only loaded where there is one.
    const { readWindowsFile } = await import('./windows-managed-file.ts');
    const { loadNativeAddon } = await import('../../native/index.ts');
    return readWindowsFile(name, loadNativeAddon());
  };
}

/**
 * Reads a settings file, whoever wrote it.
 *
 * @param name - its path
 * @returns undefined where there is no such file
 * @throws AgentError `settings_unreadable`
 */
export function readSettingsFile(name: string): Uint8Array | undefined {
  return readFile(name, () => undefined);
}

/** The error for a settings file that cannot be used, with the reason as the end of a sentence. */
export function unreadableFile(name: string, reason: string, cause?: unknown): AgentError {
  return new AgentError('settings_unreadable', {
    message: `The settings file ${name} cannot be read (${reason}).`,
    cause,
  });
}

function readFile(
  name: string,
  objection: (status: Stats) => string | undefined,
): Uint8Array | undefined {
  let descriptor: number | undefined;
  try {
    // Opening a pipe that nobody writes to would wait for ever. Windows has no such flag, and no need.
    descriptor = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    const reason = unfit(status) ?? objection(status);
    if (reason !== undefined) throw unreadableFile(name, reason);
    return readFileSync(descriptor);
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw unreadableFile(name, code, cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function unfit(status: Stats): string | undefined {
  if (!status.isFile()) return 'it is not a regular file';
  if (status.size > maxSettingsBytes) return `it is larger than ${maxSettingsBytes} bytes`;
  return undefined;
}

/** Why a file may not be the administrator's word. */
function foreignHand({ uid, mode }: Stats, userId: number | undefined): string | undefined {
  if (uid !== 0 && uid !== userId) return 'it belongs to another user';
  if ((mode & 0o022) !== 0) return 'others than its owner can write to it';
  return undefined;
}
