/** Reads the files of a store, each again only when it has changed. */
import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { directoryExposure, readBounded, systemCode } from '../private-file.ts';
import { readContents, type FileContents, type FileForm } from './file-contents.ts';

const maxFileLength = 1 << 20;

/** How a file is read, by its name's end. */
export const fileForms: Readonly<Record<string, FileForm>> = {
  '.pem': 'pem_or_der',
  '.crt': 'pem_or_der',
  '.cer': 'pem_or_der',
  '.key': 'pem_or_der',
  '.pfx': 'pfx',
  '.p12': 'pfx',
};

interface CachedFile {
  readonly state: string;
  readonly contents: FileContents;
}

/** Looks at each directory once in a sweep. */
export class DirectoryCheck {
  readonly #seen = new Map<string, Promise<string | undefined>>();

  /** As {@link directoryExposure}. */
  exposure(directory: string): Promise<string | undefined> {
    let answer = this.#seen.get(directory);
    if (answer === undefined) {
      answer = directoryExposure(directory);
      this.#seen.set(directory, answer);
    }
    return answer;
  }
}

/** The password that opens encrypted files, as far as there is one. */
export interface Password {
  readonly text: string | undefined;
  /** Changes when the password does. */
  readonly fingerprint: string;
}

/**
 * Reads files and remembers what they held for as long as their status (device, inode, size, times,
 * mode, owner) stays the same.
 */
export class FileReader {
  readonly #cache = new Map<string, CachedFile>();

  /**
   * @param file - path of the file; a symbolic link is followed
   * @param directories - the directories already looked at in this sweep
   * @returns its contents, or undefined where it is gone
   */
  async read(
    file: string,
    password: Password,
    directories = new DirectoryCheck(),
  ): Promise<FileContents | undefined> {
    const target = await orGone(realpath(file));
    const stats = target === undefined ? undefined : await orGone(stat(target, { bigint: true }));
    if (target === undefined || stats === undefined) {
      this.#cache.delete(file);
      return undefined;
    }
    const directory = await directories.exposure(path.dirname(target));
    const state = [describe(stats), directory, password.fingerprint, target].join('\n');
    const cached = this.#cache.get(file);
    if (cached?.state === state) return cached.contents;
    const contents = await readFile(file, target, directory, password.text);
    this.#cache.set(file, { state, contents });
    return contents;
  }

  /** Forgets every file but these. */
  retain(files: ReadonlySet<string>): void {
    for (const file of this.#cache.keys()) if (!files.has(file)) this.#cache.delete(file);
  }

  /** Forgets everything, keys included. */
  clear(): void {
    this.#cache.clear();
  }
}

async function readFile(
  file: string,
  target: string,
  directory: string | undefined,
  password: string | undefined,
): Promise<FileContents> {
  const form = fileForms[path.extname(file).toLowerCase()] ?? 'pem_or_der';
  let read;
  try {
    read = await readBounded(target, maxFileLength);
  } catch (error) {
    return unread('certificate_unreadable', `The file cannot be read (${systemCode(error)}).`);
  }
  if (read === 'not_regular') return unread('certificate_unreadable', 'It is not a regular file.');
  if (read === 'too_large') {
    return unread('store_too_large', `The file is longer than ${maxFileLength} bytes.`);
  }
  const exposure = read.exposure ?? directory;
  return readContents({ bytes: read.bytes, form, exposure, password });
}

function unread(code: 'certificate_unreadable' | 'store_too_large', message: string): FileContents {
  return { certificates: [], keys: [], keyProblem: undefined, problems: [{ code, message }] };
}

function describe(stats: BigIntStats): string {
  const { dev, ino, size, mtimeNs, ctimeNs, mode, uid } = stats;
  return [dev, ino, size, mtimeNs, ctimeNs, mode, uid].join(' ');
}

async function orGone<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error))) return undefined;
    throw error;
  }
}
