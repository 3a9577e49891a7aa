import { readFileSync } from 'node:fs';
import { CliError } from '../errors.ts';

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
