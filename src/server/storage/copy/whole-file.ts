/** A file that has its name only once all of it is on the disk. */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

/** What stands behind a file's name while it is being written. */
const unfinishedSuffix = /^\.[0-9a-f]{16}\.unfinished$/;

/**
 * Writes a file that was not there before, readable by its owner only: under another name beside it,
 * which it loses once it is whole and on the disk. What cannot be finished is removed; what a killed
 * run left is removed by the next one that writes the same file. Of two that write it at once, the
 * later one writes it.
 *
 * @param write - ends the stream, and is done when it has
 * @throws the file system's error, EEXIST among them; what `write` throws
 */
export async function writeWholeFile(
  path: string,
  write: (file: Writable) => Promise<void>,
): Promise<void> {
  await requireAbsent(path);
  await removeUnfinished(path);
  const unfinished = `${path}.${randomBytes(8).toString('hex')}.unfinished`;
  const file = createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true });
  await new Promise((resolve, reject) => file.once('open', resolve).once('error', reject));
  try {
    await write(file);
    await requireAbsent(path);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flushDirectory(dirname(path));
}

/** @throws the error that the system gives to who would make the file */
async function requireAbsent(path: string): Promise<void> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  const message = `EEXIST: file already exists, open '${path}'`;
  throw Object.assign(new Error(message), { code: 'EEXIST', syscall: 'open', path });
}

async function removeUnfinished(path: string): Promise<void> {
  const [directory, name] = [dirname(path), basename(path)];
  // Who may write into a directory need not be able to read it.
  const others = await readdir(directory).catch(() => []);
  for (const other of others) {
    if (!other.startsWith(name) || !unfinishedSuffix.test(other.slice(name.length))) continue;
    await rm(join(directory, other), { force: true });
  }
}

/** The new name is in the directory, which has its own place on the disk. */
async function flushDirectory(path: string): Promise<void> {
  // Windows opens none, and who may write into it need not be able to read it.
  const directory = await open(path, 'r').catch(() => undefined);
  if (directory === undefined) return;
  try {
    await directory.sync();
  } catch (error) {
    // From file systems that write it with the file, as those of a network may.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await directory.close();
  }
}
