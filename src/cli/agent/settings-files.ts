/** What settings files say. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSettingsObject } from '../../agent/config/parse-settings.ts';
import type { SettingsSource } from '../../agent/config/resolve-settings.ts';
import { AgentError } from '../../agent/errors.ts';
import { describeError, fromUtf8, type JsonObject } from '../../core/index.ts';
import type { ManagedFileReader } from './managed-file.ts';
import { readSettingsFile, unreadableFile } from './settings-file.ts';

/**
 * The settings files of the machine: those of `conf.d` beside the file, the last name first, so that a
 * later one overrides an earlier one and each of them the file; then the file.
 *
 * @param file - such as /etc/countersign/agent.json
 * @param read - says which of them are an administrator's
 */
export async function machineSettings(
  file: string,
  read: ManagedFileReader,
): Promise<readonly SettingsSource[]> {
  const directory = join(dirname(file), 'conf.d');
  const sources: SettingsSource[] = [];
  try {
    for (const name of dropIns(directory)) {
      sources.push(...(await source(name, true, () => read(name))));
    }
  } catch (error) {
    sources.push({ name: directory, managed: true, content: asAgentError(error, directory) });
  }
  return [...sources, ...(await source(file, true, () => read(file)))];
}

/** The source that a user's own file is; none where there is no such file. */
export function userSettings(file: string): Promise<readonly SettingsSource[]> {
  return source(file, false, () => readSettingsFile(file));
}

/**
 * A file that was named: it must be there, and be a settings file.
 *
 * @throws AgentError `settings_unreadable` or `settings_malformed`
 */
export function namedSource(name: string): SettingsSource {
  const bytes = readSettingsFile(name);
  if (bytes === undefined) throw unreadableFile(name, 'ENOENT');
  return { name, managed: false, content: contentOf(bytes, name) };
}

/**
 * The files of the directory `conf.d` beside a settings file, the strongest first.
 *
 * @throws the system's error where there is such a directory that cannot be read
 */
function dropIns(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
      .reverse()
      .map((name) => join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function source(
  name: string,
  managed: boolean,
  read: () => Promise<Uint8Array | undefined> | Uint8Array | undefined,
): Promise<readonly SettingsSource[]> {
  try {
    const bytes = await read();
    return bytes === undefined ? [] : [{ name, managed, content: contentOf(bytes, name) }];
  } catch (error) {
    return [{ name, managed, content: asAgentError(error, name) }];
  }
}

/** Not only ours comes: without the addon it cannot be told whose a file of Windows is. */
function asAgentError(error: unknown, name: string): AgentError {
  return error instanceof AgentError ? error : unreadableFile(name, describeError(error), error);
}

/** RFC 8259 section 8.1: JSON is UTF-8; a byte order mark, which some editors put first, is passed over. */
function contentOf(bytes: Uint8Array, name: string): JsonObject {
  return parseSettingsObject(decode(bytes, name).replace(/^\uFEFF/, ''), name);
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    const utf16 =
      (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new AgentError('settings_malformed', {
      message: `${name}: the text is ${utf16 ? 'UTF-16' : 'not UTF-8'}; save it as UTF-8.`,
      cause,
    });
  }
}
