/** Reads a settings file as what it is: a file of bounded size. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { AgentError } from '../../agent/errors.ts';

/** A file larger than this is not read: the parser takes a quarter of it. */
export const maxSettingsBytes = 1024 * 1024;

/**
 * Reads a settings file.
 *
 * @param name - its path
 * @param objection - why a file of this status is not to be taken, as the end of a sentence
 * @returns undefined where there is no such file
 * @throws AgentError `settings_unreadable`
 */
export function readSettingsFile(
  name: string,
  objection: (status: Stats) => string | undefined = () => undefined,
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

/** The error for a settings file that cannot be used, with the reason as the end of a sentence. */
export function unreadableFile(name: string, reason: string, cause?: unknown): AgentError {
  return new AgentError('settings_unreadable', {
    message: `The settings file ${name} cannot be read (${reason}).`,
    cause,
  });
}

function unfit(status: Stats): string | undefined {
  if (!status.isFile()) return 'it is not a regular file';
  if (status.size > maxSettingsBytes) return `it is larger than ${maxSettingsBytes} bytes`;
  return undefined;
}
