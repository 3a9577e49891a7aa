/**
 * Reads the settings files of the machine, and takes them for an administrator's word only where nobody
 * else can have written them.
 */
import type { Stats } from 'node:fs';
import { readSettingsFile } from './settings-file.ts';

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
        resolve(readSettingsFile(name, (status) => foreignHand(status, userId)));
      });
  }
  return async (name) => {
    // The addon's code is only loaded where there is one.
    const { readWindowsFile } = await import('./windows-managed-file.ts');
    const { loadNativeAddon } = await import('../../native/index.ts');
    return readWindowsFile(name, loadNativeAddon());
  };
}

/** Why a file may not be the administrator's word. */
function foreignHand({ uid, mode }: Stats, userId: number | undefined): string | undefined {
  if (uid !== 0 && uid !== userId) return 'it belongs to another user';
  if ((mode & 0o022) !== 0) return 'others than its owner can write to it';
  return undefined;
}
