import { existsSync } from 'node:fs';
import { rotatedFiles } from '../../agent/audit/audit-files.ts';
import { CliError } from '../errors.ts';
import { loadSettings } from './load-settings.ts';
import { agentPlaces } from './places.ts';

/** Which audit log a command looks at. */
export interface AuditLogOptions {
  readonly config?: string;
  /** Of the machine's agent, not of this user's. */
  readonly machine?: boolean;
}

/**
 * Finds the files of an audit log.
 *
 * @param named - files on the command line, the oldest first; where there are none, those of the settings
 * @returns their paths, the oldest first; none where nothing has been recorded yet
 * @throws CliError `file_unreadable` where a file that is named does not exist
 */
export async function auditLogFiles(
  named: readonly string[],
  options: AuditLogOptions,
): Promise<readonly string[]> {
  const missing = named.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new CliError('file_unreadable', { message: `The file ${missing} does not exist.` });
  }
  if (named.length > 0) return named;
  const kind = options.machine === true ? 'machine' : 'user';
  const places = agentPlaces(process.platform, process.env, kind);
  const { settings } = await loadSettings(options.config, places);
  const file = settings.auditLog;
  return [...rotatedFiles(file), ...(existsSync(file) ? [file] : [])];
}

/**
 * Does something with the files of an audit log.
 *
 * @throws CliError `file_unreadable` where the system does not let one of them be read
 */
export async function readingAuditLog<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { code, syscall, path } = cause as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw cause;
    throw new CliError('file_unreadable', {
      message: `${path ?? 'A file of the audit log'} cannot be read (${code}).`,
      cause,
    });
  }
}
