/** What one file of a file store holds: certificates, keys, and what is wrong with it. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { describeError } from '../../core/index.ts';
import {
  parseCertificate,
  parsePem,
  PkiError,
  type Certificate,
  type PemBlock,
} from '../../pki/index.ts';
import { KeystoreError, type KeystoreErrorCode } from '../errors.ts';
import { readPfx } from './pfx.ts';

/** Why something in a file could not be used. */
export interface ContentProblem {
  readonly code: KeystoreErrorCode;
  readonly message: string;
}

/** A file, read. */
export interface FileContents {
  /** In the file's order. */
  readonly certificates: readonly Certificate[];
  readonly keys: readonly KeyObject[];
  /** Why a key that is in the file is not among {@link FileContents.keys}. */
  readonly keyProblem: ContentProblem | undefined;
  /** Items that are not certificates although they say so, and files that are nothing. */
  readonly problems: readonly ContentProblem[];
}

/** What decides how a file is read. */
export interface FileFacts {
  readonly bytes: Buffer;
  readonly form: FileForm;
  /** Why others can get at the file, or undefined where it is private. */
  readonly exposure: string | undefined;
  readonly password: string | undefined;
}

/** How the bytes of a file are to be understood. */
export type FileForm = 'pem_or_der' | 'pfx';

/** Reads a file's bytes. A key in a file that others can read is not used. */
export function readContents(facts: FileFacts): FileContents {
  if (facts.form === 'pfx') return pfxContents(facts);
  const text = facts.bytes.toString('latin1');
  if (!text.includes('-----BEGIN ')) return derContents(facts);
  let blocks: readonly PemBlock[];
  try {
    blocks = parsePem(text);
  } catch (error) {
    return failed(pemProblem(text, error));
  }
  return pemContents(blocks, facts);
}

const keyLabels: Readonly<Record<string, 'pkcs8' | 'pkcs1' | 'sec1'>> = {
  'PRIVATE KEY': 'pkcs8',
  'ENCRYPTED PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};

function pemContents(blocks: readonly PemBlock[], facts: FileFacts): FileContents {
  const { certificates, problems } = readCertificates(
    blocks.filter((block) => block.label === 'CERTIFICATE').map((block) => block.der),
  );
  const keyBlocks = blocks.filter((block) => Object.hasOwn(keyLabels, block.label));
  const empty = certificates.length === 0 && problems.length === 0 && keyBlocks.length === 0;
  return {
    certificates,
    problems: empty ? [nothingInside] : problems,
    ...readKeys(
      keyBlocks.map((block) => () => keyOf(block, facts.password)),
      facts.exposure,
    ),
  };
}

/** A file without PEM: one DER certificate, or one DER PKCS#8 key. */
function derContents(facts: FileFacts): FileContents {
  const { certificates, problems } = readCertificates([facts.bytes]);
  if (certificates.length > 0) return { certificates, problems, keys: [], keyProblem: undefined };
  try {
    const key = createPrivateKey({ key: facts.bytes, format: 'der', type: 'pkcs8' });
    return { certificates, problems: [], ...readKeys([() => key], facts.exposure) };
  } catch {
    return failed(nothingInside);
  }
}

function pfxContents(facts: FileFacts): FileContents {
  try {
    const pfx = readPfx(facts.bytes, facts.password);
    return {
      ...readCertificates(pfx.certificates),
      ...readKeys(
        pfx.keys.map((key) => () => key),
        facts.exposure,
      ),
    };
  } catch (error) {
    return failed(problemOf(error));
  }
}

function readCertificates(
  ders: readonly Uint8Array[],
): Pick<FileContents, 'certificates' | 'problems'> {
  const certificates: Certificate[] = [];
  const problems: ContentProblem[] = [];
  for (const der of ders) {
    try {
      certificates.push(parseCertificate(der));
    } catch (error) {
      problems.push({ code: 'certificate_unreadable', message: describeError(error) });
    }
  }
  return { certificates, problems };
}

function readKeys(
  readers: readonly (() => KeyObject)[],
  exposure: string | undefined,
): Pick<FileContents, 'keys' | 'keyProblem'> {
  if (readers.length > 0 && exposure !== undefined) {
    return { keys: [], keyProblem: { code: 'key_file_permissions', message: exposure } };
  }
  const keys: KeyObject[] = [];
  let keyProblem: ContentProblem | undefined;
  for (const read of readers) {
    try {
      keys.push(read());
    } catch (error) {
      keyProblem ??= problemOf(error);
    }
  }
  return { keys, keyProblem };
}

function keyOf(block: PemBlock, password: string | undefined): KeyObject {
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY';
  if (encrypted && password === undefined) throw new KeystoreError('key_password_required');
  try {
    return createPrivateKey({
      key: Buffer.from(block.der),
      format: 'der',
      type: keyLabels[block.label],
      ...(encrypted ? { passphrase: password } : {}),
    });
  } catch (cause) {
    throw new KeystoreError(encrypted ? 'key_password_rejected' : 'key_unreadable', { cause });
  }
}

const nothingInside: ContentProblem = {
  code: 'certificate_unreadable',
  message: 'The file holds neither a certificate nor a private key that can be read.',
};

function pemProblem(text: string, error: unknown): ContentProblem {
  if (text.includes('Proc-Type: 4,ENCRYPTED')) {
    return {
      code: 'key_unreadable',
      message:
        'The file has a private key in the old encrypted PEM form, whose encryption is weak; convert it with "openssl pkcs8 -topk8".',
    };
  }
  return { code: 'certificate_unreadable', message: describeError(error) };
}

function problemOf(error: unknown): ContentProblem {
  if (error instanceof KeystoreError) return { code: error.code, message: error.message };
  if (error instanceof PkiError) {
    return { code: 'certificate_unreadable', message: describeError(error) };
  }
  throw error;
}

function failed(problem: ContentProblem): FileContents {
  return { certificates: [], keys: [], keyProblem: undefined, problems: [problem] };
}
