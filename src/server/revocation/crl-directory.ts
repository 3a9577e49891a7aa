/** A directory into which somebody else writes CRLs: what is in it counts, as soon as it is there. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, type Clock, type Logger } from '../../core/index.ts';
import type { Certificate, Crl } from '../../pki/index.ts';
import { createRefreshed } from '../refreshed.ts';
import { readCrlFile, type CrlFile } from './crl-file.ts';
import { isOlder, scopeHash } from './crl-order.ts';
import { RevocationError } from './errors.ts';

/** A CRL of the directory. */
export interface DirectoryCrl {
  readonly path: string;
  readonly crl: Crl;
}

/** What a directory holds. */
export interface DirectoryContent {
  readonly crls: readonly DirectoryCrl[];
  /** Of CRL issuers, or of CAs above them. */
  readonly certificates: readonly Certificate[];
  /** Files that are not used, and why. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** A directory that is read again when something in it changes. */
export interface CrlDirectory {
  /** What it holds; at most {@link maxAge} ms behind a change. */
  read(): Promise<DirectoryContent>;
}

const maxAge = 2000;
const maxFiles = 256;

interface KnownFile {
  readonly version: string;
  readonly content: CrlFile | undefined;
  readonly problem: string | undefined;
}

/** For servers without a directory. */
export const noCrlDirectory: CrlDirectory = {
  read: () => Promise.resolve({ crls: [], certificates: [], problems: [] }),
};

/**
 * Makes a reader. Files of any name count, but not those that start with a dot: a file is best
 * written under such a name and then renamed.
 *
 * @param path - the directory
 * @param maxBytes - larger files are not read
 */
export function createCrlDirectory(
  path: string,
  maxBytes: number,
  clock: Clock,
  logger: Logger,
): CrlDirectory {
  let known = new Map<string, KnownFile>();
  let unreadable: string | undefined;
  const content = createRefreshed(
    async () => {
      const files = await listFiles(path);
      if (typeof files === 'string') {
        // What was read stays: a share that is away for a moment does not undo it.
        if (files !== unreadable) logger.warn('CRL directory not read', { path, reason: files });
        unreadable = files;
        const content = toContent(known);
        return { ...content, problems: [...content.problems, { path, message: files }] };
      }
      unreadable = undefined;
      const next = new Map<string, KnownFile>();
      for (const file of files) {
        const before = known.get(file);
        const now = await readKnown(file, before, maxBytes);
        if (now.problem !== undefined && now.problem !== before?.problem) {
          logger.warn('CRL file not used', { file, reason: now.problem });
        }
        next.set(file, now);
      }
      known = next;
      return toContent(next);
    },
    clock,
    maxAge,
  );
  return { read: () => content.get() };
}

/** @returns the files, or why they cannot be listed */
async function listFiles(path: string): Promise<readonly string[] | string> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => join(path, name))
      .sort()
      .slice(0, maxFiles);
  } catch (cause) {
    return `The directory of CRLs ${path} cannot be read: ${(cause as Error).message}.`;
  }
}

async function readKnown(
  file: string,
  before: KnownFile | undefined,
  maxBytes: number,
): Promise<KnownFile> {
  let version = '';
  try {
    const { size, mtimeMs, ino } = await stat(file);
    version = `${ino} ${mtimeMs} ${size}`;
    if (version === before?.version) return before;
    if (size > maxBytes) throw new RevocationError('fetch_too_large');
    const content = readCrlFile(await readFile(file), maxBytes);
    refuseOlder(content, before?.content);
    return { version, content, problem: undefined };
  } catch (error) {
    // A file that is being written, or has become unusable, does not undo what it held.
    return { version, content: before?.content, problem: describeError(error) };
  }
}

function refuseOlder(content: CrlFile, before: CrlFile | undefined): void {
  const present = new Map(before?.crls.map((crl) => [scopeHash(crl), crl]));
  for (const crl of content.crls) {
    const other = present.get(scopeHash(crl));
    if (other === undefined) continue;
    if (isOlder({ crl, signer: undefined }, { crl: other, signer: undefined })) {
      throw new RevocationError('crl_older');
    }
  }
}

function toContent(files: ReadonlyMap<string, KnownFile>): DirectoryContent {
  const all = [...files];
  return {
    crls: all.flatMap(([path, { content }]) => (content?.crls ?? []).map((crl) => ({ path, crl }))),
    certificates: all.flatMap(([, { content }]) => content?.certificates ?? []),
    problems: all.flatMap(([path, { problem }]) =>
      problem === undefined ? [] : [{ path, message: problem }],
    ),
  };
}
