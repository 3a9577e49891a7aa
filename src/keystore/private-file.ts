/**
 * Reading files that may hold secrets. What is checked is the opened descriptor, never the path
 * again, so that nobody can swap the file between the check and the read.
 */
import { constants, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: Buffer;
  /** Why the file is not private to this user, or undefined where it is. */
  readonly exposure: string | undefined;
}

/** What the opened file would not allow. */
export type FileRefusal = 'not_regular' | 'too_large';

/**
 * Opens, checks and reads a file; symbolic links are followed.
 *
 * @param file - its path
 * @param maxLength - most bytes to read
 * @returns the content, or why it was not read
 * @throws the system's error where the file cannot be opened
 */
export async function readBounded(
  file: string,
  maxLength: number,
): Promise<ReadFile | FileRefusal> {
  // Without O_NONBLOCK, opening a FIFO would wait for somebody to write into it.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return 'not_regular';
    const bytes = await readUpTo(handle, maxLength);
    if (bytes === undefined) return 'too_large';
    return { bytes, exposure: fileExposure(stats, currentUser()) };
  } finally {
    await handle.close();
  }
}

/** Reads to the end, or not at all: a file may grow after its size was asked for. */
async function readUpTo(handle: FileHandle, maxLength: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(maxLength + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return Buffer.from(buffer.subarray(0, length));
    length += bytesRead;
  }
  return undefined;
}

/** The user that this process is, or undefined where files have no such owner (Windows). */
function currentUser(): number | undefined {
  return process.getuid?.();
}

/**
 * Whether a file is private to a user: owned by the user or root, and closed to everyone else.
 *
 * @param stats - of the opened descriptor
 * @param uid - the user; undefined where permission bits mean nothing
 * @returns a sentence that says what is wrong, or undefined
 */
export function fileExposure(
  stats: Pick<Stats, 'uid' | 'mode'>,
  uid: number | undefined,
): string | undefined {
  if (uid === undefined) return undefined;
  if (stats.uid !== uid && stats.uid !== 0) return 'It belongs to another user.';
  if ((stats.mode & 0o077) !== 0) {
    return `Its mode is ${formatMode(stats.mode)}: others can read or write it (chmod 600).`;
  }
  return undefined;
}

/**
 * Whether the directories above a file keep others from replacing it, by the rule that OpenSSH's
 * StrictModes applies: each is owned by the user or root, and nobody else may write to it unless it
 * is sticky.
 *
 * @param directory - the real path (no symbolic links) of the file's directory
 * @returns a sentence that names the first directory that fails, or undefined
 */
export async function directoryExposure(directory: string): Promise<string | undefined> {
  const uid = currentUser();
  if (uid === undefined) return undefined;
  for (let current = directory; ; current = path.dirname(current)) {
    const stats = await stat(current);
    if (stats.uid !== uid && stats.uid !== 0) {
      return `The directory ${current} belongs to another user, who could replace the file.`;
    }
    if ((stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0) {
      return `Others may write to the directory ${current} (mode ${formatMode(stats.mode)}) and could replace the file.`;
    }
    if (path.dirname(current) === current) return undefined;
  }
}

function formatMode(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

/** The system's name for an error, such as EACCES. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
