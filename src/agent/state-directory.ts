/** The agent's own directory: who this installation is. Owned by the user, closed to all others. */
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUuid, type RandomSource } from '../core/index.ts';
import { makeDirectory } from '../files/index.ts';
import { AgentError } from './errors.ts';

const instanceFile = 'agent-instance';
const urnUuid = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Makes a directory that only this user can enter, or checks that it is one.
 *
 * @param directory - absolute path
 * @param userId - of this user; undefined where the system has none (Windows: the profile's ACL rules)
 * @throws AgentError `state_directory_unusable`
 */
export function preparePrivateDirectory(directory: string, userId: number | undefined): void {
  try {
    makeDirectory(directory);
    const status = statSync(directory);
    if (userId === undefined) return;
    if (status.uid !== userId) {
      throw new AgentError('state_directory_unusable', {
        message: `The directory ${directory} belongs to another user.`,
      });
    }
    if ((status.mode & 0o077) !== 0) chmodSync(directory, 0o700);
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw unusable(directory, cause);
  }
}

/**
 * The identity of this installation, made at its first start. One process at a time: the agent.
 *
 * @param directory - as {@link preparePrivateDirectory} leaves it
 * @param random - for a new identity
 * @returns `urn:uuid:…`
 * @throws AgentError `state_directory_unusable`
 */
export function agentInstance(directory: string, random: RandomSource): string {
  const file = join(directory, instanceFile);
  const text = readInstance(file);
  // An empty file is one that the machine lost while it was written for the first time.
  if (text === '') return makeInstance(file, random);
  if (urnUuid.test(text)) return text;
  throw new AgentError('state_directory_unusable', {
    message: `The file ${file} does not hold this agent’s urn:uuid; remove it to get a new one.`,
  });
}

function readInstance(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw unusable(file, cause);
  }
}

/** Whole or not at all: the file gets its name once its content is on the disk. */
function makeInstance(file: string, random: RandomSource): string {
  const instance = `urn:uuid:${randomUuid(random)}`;
  const unfinished = `${file}.new`;
  try {
    writeFileSync(unfinished, `${instance}\n`, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  } catch (cause) {
    throw unusable(file, cause);
  }
  return instance;
}

function unusable(path: string, cause: unknown): AgentError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new AgentError('state_directory_unusable', {
    message: `${path} cannot be used (${code}).`,
    cause,
  });
}
