/** The files of an audit log: the one that is written, and those that were rotated away. */
import { closeSync, createReadStream, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { maxLineBytes, parseAuditLine, type AuditLink } from './audit-chain.ts';

const lineFeed = 0x0a;

/**
 * Finds the files that a log was rotated to: its name followed by a number, 1 being the newest.
 *
 * @param file - the one that is written
 * @returns absolute paths, the oldest first
 */
export function rotatedFiles(file: string): readonly string[] {
  const prefix = `${basename(file)}.`;
  let names: readonly string[];
  try {
    names = readdirSync(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,5}$/.test(name.slice(prefix.length)))
    .map((name) => ({ name, number: Number(name.slice(prefix.length)) }))
    .sort((a, b) => b.number - a.number)
    .map(({ name }) => join(dirname(file), name));
}

/** How a file ends. */
export type FileTail =
  | { readonly kind: 'empty' }
  /** In a record, with or without its line feed. */
  | { readonly kind: 'record'; readonly link: AuditLink; readonly ended: boolean }
  /** In a line that was cut short, after a record, or as the only line. */
  | { readonly kind: 'torn'; readonly link: AuditLink | undefined; readonly bytes: number }
  /** In something else. */
  | { readonly kind: 'damaged'; readonly ended: boolean };

/**
 * Reads how a file ends.
 *
 * @param descriptor - open for reading
 * @param size - of the file, in bytes
 */
export function readTail(descriptor: number, size: number): FileTail {
  if (size === 0) return { kind: 'empty' };
  const length = Math.min(size, 2 * maxLineBytes);
  const bytes = Buffer.alloc(length);
  const end = bytes.subarray(0, readSync(descriptor, bytes, 0, length, size - length));
  const ended = end.at(-1) === lineFeed;
  const content = ended ? end.subarray(0, -1) : end;
  const last = content.subarray(content.lastIndexOf(lineFeed) + 1);
  const line = parseAuditLine(last.toString('utf8'));
  if (line?.genuine === true) return { kind: 'record', link: line.link, ended };
  if (ended) return { kind: 'damaged', ended };
  if (last.length === size) return { kind: 'torn', link: undefined, bytes: last.length };
  if (last.length === length) return { kind: 'damaged', ended };
  const before = content.subarray(0, content.length - last.length - 1);
  const previous = parseAuditLine(
    before.subarray(before.lastIndexOf(lineFeed) + 1).toString('utf8'),
  );
  return previous?.genuine === true
    ? { kind: 'torn', link: previous.link, bytes: last.length }
    : { kind: 'damaged', ended };
}

/** Reads how the newest rotated file ends; `empty` where there is none. */
export function readRotatedTail(file: string): FileTail {
  const newest = rotatedFiles(file).at(-1);
  if (newest === undefined) return { kind: 'empty' };
  const descriptor = openSync(newest, 'r');
  try {
    return readTail(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** A line of a file. */
export interface FileLine {
  /** The first is 1. */
  readonly number: number;
  /** In bytes, without the line feed. */
  readonly length: number;
  /** Undefined where it is longer than any line of a log. */
  readonly text: string | undefined;
  /** Whether a line feed ends it. */
  readonly ended: boolean;
}

/**
 * Reads files line by line, in memory that the longest line does not decide. All of them are opened before
 * the first is read, the newest first: where the log is rotated meanwhile, a file has another name then,
 * but none is passed by.
 *
 * @param files - the oldest first
 * @throws the system's error where one cannot be read
 */
export async function* readLines(
  files: readonly string[],
): AsyncGenerator<{ readonly file: string; readonly line: FileLine }> {
  const opened: { readonly file: string; readonly descriptor: number }[] = [];
  const inodes = new Set<bigint>();
  try {
    for (const file of [...files].reverse()) {
      const descriptor = openSync(file, 'r');
      opened.unshift({ file, descriptor });
    }
    for (const { file, descriptor } of opened) {
      const { ino } = fstatSync(descriptor, { bigint: true });
      if (inodes.has(ino)) continue;
      inodes.add(ino);
      for await (const line of linesOf(descriptor)) yield { file, line };
    }
  } finally {
    for (const { descriptor } of opened) closeSync(descriptor);
  }
}

async function* linesOf(descriptor: number): AsyncGenerator<FileLine> {
  let number = 1;
  let length = 0;
  let parts: Buffer[] = [];
  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= maxLineBytes) parts.push(part);
  };
  const finish = (ended: boolean): FileLine => {
    const text = length <= maxLineBytes ? Buffer.concat(parts).toString('utf8') : undefined;
    const line = { number: number++, length, text, ended };
    length = 0;
    parts = [];
    return line;
  };
  const content = createReadStream('', { fd: descriptor, autoClose: false });
  for await (const chunk of content as AsyncIterable<Buffer>) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, start);
      if (end === -1) break;
      take(chunk.subarray(start, end));
      yield finish(true);
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  if (length > 0) yield finish(false);
}
