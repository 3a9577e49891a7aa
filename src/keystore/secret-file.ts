/** PIN and password files: one secret, readable by its owner only. */
import { createHash } from 'node:crypto';
import { fromUtf8 } from '../core/index.ts';
import { KeystoreError } from './errors.ts';
import { readBounded, systemCode } from './private-file.ts';

/** A secret from a file. */
export interface Secret {
  readonly text: string;
  /** Names this secret without telling it; the same for the same content. */
  readonly fingerprint: string;
}

const maxLength = 1024;

/**
 * Reads a secret. One line end after it is not part of it.
 *
 * @param file - absolute path; a symbolic link is followed, and what it leads to is checked
 * @throws KeystoreError `pin_file_invalid` with a sentence that says why
 */
export async function readSecretFile(file: string): Promise<Secret> {
  const read = await readBounded(file, maxLength).catch((cause: unknown) => {
    throw invalid(file, `It cannot be read (${systemCode(cause)}).`, cause);
  });
  if (read === 'not_regular') throw invalid(file, 'It is not a regular file.');
  if (read === 'too_large') throw invalid(file, `It is longer than ${maxLength} bytes.`);
  if (read.exposure !== undefined) throw invalid(file, read.exposure);
  const text = decode(file, read.bytes).replace(/\r?\n$/, '');
  if (text === '') throw invalid(file, 'It is empty.');
  if (/[\0\r\n]/.test(text)) throw invalid(file, 'It has more than one line.');
  return { text, fingerprint: createHash('sha256').update(text).digest('base64') };
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw invalid(file, 'It is not UTF-8 text.');
  }
}

function invalid(file: string, reason: string, cause?: unknown): KeystoreError {
  return new KeystoreError('pin_file_invalid', {
    message: `The PIN file ${file} cannot be used. ${reason}`,
    cause,
  });
}
