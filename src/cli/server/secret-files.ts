/** Files with secrets that the settings name: nobody but the server has a use for them. */
import { statSync } from 'node:fs';
import type { Logger } from '../../core/index.ts';
import type { ServerSettings } from './settings.ts';

/** Permissions of those who are neither the file's owner nor of its group. */
const others = 0o007;

/**
 * Warns of each file with a secret that everybody on the machine can read or write, once. A group may
 * have a key: that is how systems hand one to several services.
 */
export function warnOfOpenSecrets(settings: ServerSettings, logger: Logger): void {
  for (const setting of ['storage.passwordFile', 'tls.keyFile'] as const) {
    const file = settings[setting];
    if (file === undefined || !isOpenToOthers(file)) continue;
    const remedy = `chmod o-rwx ${file}`;
    logger.warn('everybody on this machine can read or write a secret', { setting, file, remedy });
  }
}

/** On Windows, the mode bits say nothing. Whether the file can be read is told by who reads it. */
function isOpenToOthers(file: string): boolean {
  if (process.platform === 'win32') return false;
  return ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & others) !== 0;
}
