import { readFileSync } from 'node:fs';
import { parseCertificate, parsePem, PkiError, type Certificate } from '../../pki/index.ts';
import { CliError } from '../errors.ts';

const maxBytes = 1 << 20;

/**
 * Reads certificates of authorities: PEM with one or several, or one DER certificate.
 *
 * @param file - path
 * @throws CliError `file_unreadable` or `issuer_file_invalid`
 */
export function readAuthorities(file: string): readonly Certificate[] {
  const bytes = readFile(file);
  if (bytes.length > maxBytes) throw invalid(file, `it is larger than ${maxBytes} bytes`);
  let certificates: readonly Certificate[];
  try {
    certificates = blocksOf(bytes, file).map((der) => parseCertificate(der));
  } catch (error) {
    if (error instanceof PkiError) throw invalid(file, error.message.replace(/\.$/, ''));
    throw error;
  }
  if (certificates.length === 0) throw invalid(file, 'it holds no certificate');
  if (certificates.some((certificate) => certificate.basicConstraints?.ca !== true)) {
    throw invalid(file, 'it holds a certificate that is not an authority’s');
  }
  return certificates;
}

function blocksOf(bytes: Buffer, file: string): readonly Uint8Array[] {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN ')) return [bytes];
  const blocks = parsePem(text);
  const foreign = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (foreign !== undefined) throw invalid(file, `it holds a ${foreign.label}`);
  return blocks.map(({ der }) => der);
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CliError('file_unreadable', { message: `${file} cannot be read (${code}).`, cause });
  }
}

function invalid(file: string, reason: string): CliError {
  return new CliError('issuer_file_invalid', {
    message: `${file} must hold certificates of authorities, as PEM or as one DER certificate: ${reason}.`,
  });
}
