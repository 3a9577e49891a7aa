import { existsSync } from 'node:fs';
import { rotatedFiles } from '../../agent/audit/audit-files.ts';
import { CliError } from '../errors.ts';
import { loadSettings } from './load-settings.ts';
import { agentPlaces } from './places.ts';

/** Which audit log a command looks at. */
export interface AuditLogOptions {
  readonly config?: string;
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
  const places = agentPlaces(process.platform, process.env);
  const { settings } = await loadSettings(options.config, places);
  const file = settings.auditLog;
  return [...rotatedFiles(file), ...(existsSync(file) ? [file] : [])];
}
