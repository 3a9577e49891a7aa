/** Reads the agent's settings files. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSettingsObject } from '../../agent/config/parse-settings.ts';
import type { SettingsSource } from '../../agent/config/resolve-settings.ts';
import { AgentError } from '../../agent/errors.ts';

/** A file larger than this is not read: the parser takes a quarter of it. */
const maxBytes = 1024 * 1024;

/**
 * The settings files of the machine: those of `conf.d` beside the file, the last name first, so that a
 * later one overrides an earlier one and each of them the file; then the file.
 *
 * @param file - such as /etc/countersign/agent.json
 * @param userId - of this user; undefined where the system has no such ids
 */
export function machineSettings(
  file: string,
  userId: number | undefined,
): readonly SettingsSource[] {
  return [...dropIns(file), file].flatMap((name) => optionalSource(name, true, userId));
}

/** The files of the directory `conf.d` beside a settings file, the strongest first. */
export function dropIns(file: string): readonly string[] {
  const directory = join(dirname(file), 'conf.d');
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
      .reverse()
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** The source that a file is; none where there is no such file. */
export function optionalSource(
  name: string,
  managed: boolean,
  userId: number | undefined,
): readonly SettingsSource[] {
  try {
    const text = readText(name, managed ? userId : undefined);
    return [{ name, managed, content: parseSettingsObject(text, name) }];
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const absent = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    return absent ? [] : [{ name, managed, content: error }];
  }
}

/**
 * A file that was named: it must be there, and be a settings file.
 *
 * @throws AgentError `settings_unreadable` or `settings_malformed`
 */
export function namedSource(name: string): SettingsSource {
  const content = parseSettingsObject(readText(name, undefined), name);
  return { name, managed: false, content };
}

/**
 * @param managedFor - the user whom a managed file is read for: it must be root's or this user's, and
 *   writable for nobody else, or it is not the administrator's word
 */
function readText(name: string, managedFor: number | undefined): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(name, 'r');
    const { size, uid, mode } = fstatSync(descriptor);
    if (size > maxBytes) throw unreadable(name, `it is larger than ${maxBytes} bytes`);
    if (managedFor !== undefined) {
      if (uid !== 0 && uid !== managedFor) throw unreadable(name, 'it belongs to another user');
      if ((mode & 0o022) !== 0) throw unreadable(name, 'others than its owner can write to it');
    }
    return readFileSync(descriptor, 'utf8');
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw unreadable(name, (cause as NodeJS.ErrnoException).code ?? 'unknown reason', cause);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function unreadable(name: string, reason: string, cause?: unknown): AgentError {
  return new AgentError('settings_unreadable', {
    message: `The settings file ${name} cannot be read (${reason}).`,
    cause,
  });
}
