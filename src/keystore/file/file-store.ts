/**
 * The `file:` store: a directory of PEM and PFX files.
 *
 * A certificate file holds one identity's certificate, perhaps followed by its issuers, perhaps with
 * its private key. A key is looked for in the same file, then in the `.key` file of the same name,
 * then by its public key in the directory's other files, which lets a renewed certificate share it.
 */
import type { KeyObject } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { silentLogger, type Logger } from '../../core/index.ts';
import type { Certificate } from '../../pki/index.ts';
import type {
  CertificateStore,
  StoredCertificate,
  StoreListing,
  StoreProblem,
} from '../certificate-store.ts';
import { chainFor } from '../chain.ts';
import { KeystoreError } from '../errors.ts';
import { systemCode } from '../private-file.ts';
import { readSecretFile } from '../secret-file.ts';
import type { StoreSettings } from '../store-settings.ts';
import type { ContentProblem, FileContents } from './file-contents.ts';
import { DirectoryCheck, fileForms, FileReader, type Password } from './file-reader.ts';
import { FileSigner } from './file-signer.ts';
import { keyBelongsTo } from './key-match.ts';

const maxFiles = 1000;

/** Most attempts to read a directory that changes all the time. */
const maxAttempts = 8;

/** A file that was there during a sweep. */
interface SweptFile extends FileContents {
  readonly file: string;
}

/** A key, where it was found. */
interface FoundKey {
  readonly file: string;
  readonly key: KeyObject;
}

/** Opens a directory as a store; nothing is read before the first listing. */
export function openFileStore(directory: string, settings: StoreSettings): CertificateStore {
  return new FileStore(directory, settings);
}

class FileStore implements CertificateStore {
  readonly uri: string;
  readonly kind = 'file';
  readonly #directory: string;
  readonly #pinFile: string | undefined;
  readonly #logger: Logger;
  readonly #reader = new FileReader();
  #closed = false;

  constructor(directory: string, settings: StoreSettings) {
    this.uri = settings.uri;
    this.#directory = directory;
    this.#pinFile = settings.pinFile;
    this.#logger = settings.logger ?? silentLogger;
  }

  async list(): Promise<StoreListing> {
    this.#refuseIfClosed();
    const problems: StoreProblem[] = [];
    const names = await this.#names(problems);
    const password = await this.#password(problems);
    const files = await this.#sweepOfOneMoment(names, password);
    const pool = files.flatMap((file) => file.certificates);
    const certificates = files.flatMap((file) => this.#identityOf(file, files, pool));
    for (const file of files) problems.push(...problemsOf(file, files));
    this.#logger.debug('Listed a directory of key files', {
      store: this.uri,
      files: files.length,
      certificates: certificates.length,
      problems: problems.length,
    });
    return { certificates, problems };
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#reader.clear();
    return Promise.resolve();
  }

  /** The directory's files that may hold something, sorted, with their full path. */
  async #names(problems: StoreProblem[]): Promise<string[]> {
    let entries: string[];
    let directory: string;
    try {
      directory = await realpath(this.#directory);
      entries = await readdir(directory);
    } catch (cause) {
      const code = systemCode(cause);
      const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
      const message = `The directory ${this.#directory} ${reason}.`;
      throw new KeystoreError('store_unavailable', { message, cause });
    }
    const names = entries
      .filter((name) => !name.startsWith('.') && formOf(name) !== undefined)
      .sort();
    if (names.length > maxFiles) {
      problems.push({
        location: locationOf(directory),
        code: 'store_too_large',
        message: `The directory holds more than ${maxFiles} certificate and key files; only the first ${maxFiles} by name were read.`,
      });
    }
    return names.slice(0, maxFiles).map((name) => path.join(directory, name));
  }

  async #password(problems: StoreProblem[]): Promise<Password> {
    if (this.#pinFile === undefined) return { text: undefined, fingerprint: '' };
    try {
      return await readSecretFile(this.#pinFile);
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      problems.push({
        location: locationOf(this.#pinFile),
        code: error.code,
        message: error.message,
      });
      return { text: undefined, fingerprint: '' };
    }
  }

  /**
   * Where files came or went while the others were read, what was read is the picture of no moment: it
   * may have neither a certificate nor the one that replaced it. So it is read again.
   */
  async #sweepOfOneMoment(names: readonly string[], password: Password): Promise<SweptFile[]> {
    for (let attempt = 1; ; attempt++) {
      const files = await this.#sweep(names, password);
      const now = await this.#names([]);
      if (attempt === maxAttempts || now.join('\0') === names.join('\0')) return files;
      names = now;
    }
  }

  async #sweep(files: readonly string[], password: Password): Promise<SweptFile[]> {
    const directories = new DirectoryCheck();
    const swept: SweptFile[] = [];
    for (const file of files) {
      if (await isDirectory(file)) continue;
      const contents = await this.#reader.read(file, password, directories);
      if (contents !== undefined) swept.push({ file, ...contents });
    }
    this.#reader.retain(new Set(files));
    return swept;
  }

  /** The one stored certificate of a file, or none where it holds no certificate. */
  #identityOf(
    file: SweptFile,
    files: readonly SweptFile[],
    pool: readonly Certificate[],
  ): StoredCertificate[] {
    const sibling = siblingOf(file, files);
    const near = [file, ...(sibling === undefined ? [] : [sibling])].flatMap(keysOf);
    const leaf =
      file.certificates.find((c) => near.some(({ key }) => keyBelongsTo(key, c))) ??
      file.certificates[0];
    if (leaf === undefined) return [];
    const location = locationOf(file.file);
    const stored = {
      location,
      label: path.parse(file.file).name,
      certificate: leaf,
      chain: chainFor(leaf, pool),
    };
    const found = [...near, ...files.flatMap(keysOf)].find(({ key }) => keyBelongsTo(key, leaf));
    if (found === undefined) {
      const problem = whyNoKey(file, sibling, near.length > 0);
      return [{ ...stored, key: undefined, problem: { location, ...problem } }];
    }
    return [
      {
        ...stored,
        key: { protection: 'software', exportable: true, provider: `File ${found.file}` },
        signer: new FileSigner(leaf, () => this.#keyAgain(found.file, leaf)),
      },
    ];
  }

  /** Looks at a key's file again before each use, so that a key taken away is not used from memory. */
  async #keyAgain(file: string, leaf: Certificate): Promise<KeyObject> {
    this.#refuseIfClosed();
    const ignored: StoreProblem[] = [];
    const contents = await this.#reader.read(file, await this.#password(ignored));
    this.#refuseIfClosed();
    const key = contents?.keys.find((candidate) => keyBelongsTo(candidate, leaf));
    if (key !== undefined) return key;
    const problem = contents?.keyProblem ?? contents?.problems[0];
    throw new KeystoreError(problem?.code ?? 'key_not_found', { message: problem?.message });
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new KeystoreError('store_closed');
  }
}

function formOf(name: string): string | undefined {
  return fileForms[path.extname(name).toLowerCase()];
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch {
    return false;
  }
}

function keysOf(file: SweptFile): FoundKey[] {
  return file.keys.map((key) => ({ file: file.file, key }));
}

/** `NAME.key` beside `NAME.crt`, `NAME.cer` or `NAME.pem`. */
function siblingOf(file: SweptFile, files: readonly SweptFile[]): SweptFile | undefined {
  const { dir, name } = path.parse(file.file);
  const wanted = path.join(dir, `${name}.key`);
  return files.find((other) => other !== file && other.file === wanted);
}

function whyNoKey(
  file: SweptFile,
  sibling: SweptFile | undefined,
  hasOther: boolean,
): ContentProblem {
  const problem = file.keyProblem ?? sibling?.keyProblem ?? sibling?.problems[0];
  if (problem !== undefined) return problem;
  const code = hasOther ? 'key_mismatch' : 'key_not_found';
  return { code, message: new KeystoreError(code).message };
}

/** What a file's own entry does not already say. */
function problemsOf(file: SweptFile, files: readonly SweptFile[]): StoreProblem[] {
  const location = locationOf(file.file);
  const saidByCertificate =
    file.certificates.length > 0 ||
    files.some((other) => other.certificates.length > 0 && siblingOf(other, files) === file);
  const own = saidByCertificate && file.certificates.length === 0 ? [] : file.problems;
  const key = saidByCertificate || file.keyProblem === undefined ? [] : [file.keyProblem];
  return [...own, ...key].map((problem) => ({ location, ...problem }));
}

function locationOf(file: string): string {
  return pathToFileURL(file).href;
}
