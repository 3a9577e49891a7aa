/** Reads CRLs, and certificates that may stand beside them, from files and answers: PEM or DER. */
import { fromUtf8 } from '../../core/index.ts';
import {
  parseCertificate,
  parseCrl,
  parsePem,
  PkiError,
  type Certificate,
  type Crl,
} from '../../pki/index.ts';
import { RevocationError } from './errors.ts';

/** What a file holds. */
export interface CrlFile {
  readonly crls: readonly Crl[];
  readonly certificates: readonly Certificate[];
}

const crlLabels: ReadonlySet<string> = new Set(['X509 CRL', 'CRL']);
const maxObjects = 64;

/**
 * Reads a file of CRLs and certificates: a DER CRL or certificate, or PEM with any number of both.
 *
 * @throws RevocationError `crl_unreadable`
 */
export function readCrlFile(bytes: Uint8Array, maxBytes: number): CrlFile {
  try {
    const text = pemText(bytes);
    if (text === undefined) return readDer(bytes, maxBytes);
    const blocks = parsePem(text, { maxLength: 2 * maxBytes, maxBlocks: maxObjects });
    const file = {
      crls: blocks
        .filter(({ label }) => crlLabels.has(label))
        .map(({ der }) => parseCrl(der, maxBytes)),
      certificates: blocks
        .filter(({ label }) => label === 'CERTIFICATE')
        .map(({ der }) => parseCertificate(der)),
    };
    if (file.crls.length + file.certificates.length === 0) {
      throw new RevocationError('crl_unreadable');
    }
    return file;
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new RevocationError('crl_unreadable', { message: cause.message, cause });
  }
}

/**
 * Reads the answer of a distribution point: one DER CRL (RFC 5280 section 4.2.1.13), or the PEM that
 * some CAs publish.
 *
 * @throws RevocationError `crl_unreadable`
 */
export function readCrlAnswer(bytes: Uint8Array, maxBytes: number): Crl {
  const { crls } = readCrlFile(bytes, maxBytes);
  const [crl] = crls;
  if (crl === undefined || crls.length > 1) throw new RevocationError('crl_unreadable');
  return crl;
}

function readDer(bytes: Uint8Array, maxBytes: number): CrlFile {
  try {
    return { crls: [parseCrl(bytes, maxBytes)], certificates: [] };
  } catch (error) {
    try {
      return { crls: [], certificates: [parseCertificate(bytes)] };
    } catch {
      throw error;
    }
  }
}

/** DER starts with a SEQUENCE, whose tag is the digit 0: it is the boundary line that makes PEM. */
function pemText(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 65_536)).toString('latin1');
  if (!start.includes('-----BEGIN ')) return undefined;
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new RevocationError('crl_unreadable', { cause });
  }
}
