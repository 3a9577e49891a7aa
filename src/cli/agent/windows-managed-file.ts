/**
 * Reads a settings file of Windows through the addon, which sees the owner and the access list of the very
 * file that it reads: below %ProgramData% every user may make a directory, before an administrator does.
 */
import {
  addonFailures,
  nativeFailure,
  type NativeAddon,
  type NativeFailure,
} from '../../native/index.ts';
import { maxSettingsBytes, unreadableFile } from './settings-file.ts';

/** ERROR_FILE_NOT_FOUND and ERROR_PATH_NOT_FOUND ([MS-ERREF] section 2.2). */
const absent: readonly number[] = [2, 3];

/**
 * @param name - absolute path
 * @param addon - reads it
 * @returns undefined where there is no such file
 * @throws AgentError `settings_unreadable`
 */
export async function readWindowsFile(
  name: string,
  addon: Pick<NativeAddon, 'readManagedFile'>,
): Promise<Uint8Array | undefined> {
  try {
    const { content, distrust } = await addon.readManagedFile(name, maxSettingsBytes);
    if (distrust === undefined) return content;
    const { reason, sid } = distrust;
    throw unreadableFile(
      name,
      reason === 'owner'
        ? `it belongs to ${sid}, not to administrators`
        : `others than administrators can write to it: ${sid}`,
    );
  } catch (error) {
    const failure = nativeFailure(error);
    if (failure === undefined) throw error;
    if (failure.facility === 'win32' && absent.includes(failure.code)) return undefined;
    throw unreadableFile(name, reasonOf(failure), error);
  }
}

function reasonOf({ facility, code, message }: NativeFailure): string {
  if (facility === 'countersign' && code === addonFailures.tooLarge) {
    return `it is larger than ${maxSettingsBytes} bytes`;
  }
  return message === '' ? `${facility} ${code}` : message.replace(/\.$/, '');
}
