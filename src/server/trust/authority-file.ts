/**
 * Reads a file that an administrator gives as certificate authority: PEM or DER, one certificate or
 * many. Everything else that is mistaken for one is told apart by its content and refused with a
 * sentence that says how to convert it. A file is taken whole or not at all.
 */
import { createHash } from 'node:crypto';
import { decodeBase64 } from '../../core/index.ts';
import { parseCertificate, parsePem, PkiError, type Certificate } from '../../pki/index.ts';
import { elementLength } from './asn1-outline.ts';
import { TrustError, type TrustErrorCode } from './errors.ts';
import { kindOfDer, kindOfLabel, type ObjectKind } from './object-kind.ts';

/** Largest file, in bytes. */
export const maxFileBytes = 1 << 20;

/** Most certificates in a file. */
const maxCertificates = 64;

const refusals: Readonly<Record<Exclude<ObjectKind, 'certificate'>, TrustErrorCode>> = {
  trusted_certificate: 'ca_file_trusted_certificate',
  pkcs7: 'ca_file_pkcs7',
  pkcs12: 'ca_file_pkcs12',
  private_key: 'ca_file_private_key',
  public_key: 'ca_file_public_key',
  request: 'ca_file_request',
  crl: 'ca_file_crl',
  other: 'ca_file_unrecognized',
};

/**
 * Reads the certificates of a file. That they are usable authorities is {@link checkAuthority}'s.
 *
 * @param bytes - the file's content
 * @returns one certificate or more, in the file's order
 * @throws TrustError `ca_file_*`
 */
export function readAuthorityFile(bytes: Uint8Array): readonly Certificate[] {
  if (bytes.length === 0) throw new TrustError('ca_file_empty');
  if (bytes.length > maxFileBytes) throw new TrustError('ca_file_too_large');
  if (startsWith(bytes, javaKeyStoreMagic) || startsWith(bytes, javaCryptoKeyStoreMagic)) {
    throw new TrustError('ca_file_keystore');
  }
  const text = decodeText(bytes);
  const ders = text === undefined ? splitDer(bytes) : readText(text);
  if (ders.length > maxCertificates) throw new TrustError('ca_file_too_large');
  const certificates = ders.map(readCertificate);
  refuseDuplicates(certificates);
  return certificates;
}

/** @returns the hexadecimal SHA-256 of a certificate: its id here */
export function certificateId(certificate: Pick<Certificate, 'der'>): string {
  return createHash('sha256').update(certificate.der).digest('hex');
}

const javaKeyStoreMagic = [0xfe, 0xed, 0xfe, 0xed];
const javaCryptoKeyStoreMagic = [0xce, 0xce, 0xce, 0xce];

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((octet, index) => bytes[index] === octet);
}

/**
 * The file as text where it is some: PEM in any encoding that keeps ASCII (what stands between the
 * objects may be anything), UTF-16 as Windows PowerShell writes it, or plain ASCII.
 */
function decodeText(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, [0xff, 0xfe])) return new TextDecoder('utf-16le').decode(bytes);
  const start = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  const text = Buffer.from(bytes.subarray(start)).toString('latin1');
  return text.includes('-----BEGIN ') || /^[\t\n\r -~]*$/.test(text) ? text : undefined;
}

function readText(text: string): readonly Uint8Array[] {
  if (text.trim() === '') throw new TrustError('ca_file_empty');
  refuseLabels(text);
  const blocks = parsePemFile(text);
  if (blocks.length === 0) {
    const bare = decodeBase64(text.replace(/\s/g, ''));
    const kind = bare === undefined ? 'other' : kindOfDer(bare);
    if (kind === 'certificate') throw new TrustError('ca_file_bare_base64');
    throw new TrustError(refusals[kind]);
  }
  for (const { der } of blocks) refuseUnlessCertificate(kindOfDer(der));
  return blocks.map(({ der }) => der);
}

/**
 * Looks at the labels before anything is decoded, a private key's first: one in the file is what the
 * administrator must hear of, even where the rest is broken (an old encrypted key has headers that
 * are not PEM by RFC 7468).
 */
function refuseLabels(text: string): void {
  const kinds = new Set(
    Array.from(text.matchAll(/-----BEGIN ([^\r\n-]{1,64})-----/g), ([, label = '']) =>
      kindOfLabel(label),
    ),
  );
  if (kinds.has('private_key')) throw new TrustError('ca_file_private_key');
  for (const kind of kinds) refuseUnlessCertificate(kind);
}

function refuseUnlessCertificate(kind: ObjectKind): void {
  if (kind !== 'certificate') throw new TrustError(refusals[kind]);
}

function parsePemFile(text: string) {
  try {
    return parsePem(text, { maxLength: maxFileBytes, maxBlocks: maxCertificates });
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    if (cause.code === 'input_too_large') throw new TrustError('ca_file_too_large', { cause });
    throw new TrustError('ca_file_malformed', {
      message: `${cause.message} Export the certificate again.`,
      cause,
    });
  }
}

/** One DER certificate after the other. */
function splitDer(bytes: Uint8Array): readonly Uint8Array[] {
  const ders: Uint8Array[] = [];
  for (let rest = bytes; rest.length > 0;) {
    refuseUnlessCertificate(kindOfDer(rest));
    const length = elementLength(rest);
    if (length === undefined) {
      throw new TrustError('ca_file_malformed', {
        message: 'The certificate is cut off; export or copy it again.',
      });
    }
    if (ders.length === maxCertificates) throw new TrustError('ca_file_too_large');
    ders.push(rest.slice(0, length));
    rest = rest.subarray(length);
  }
  return ders;
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    throw new TrustError('ca_file_malformed', { message: cause.message, cause });
  }
}

function refuseDuplicates(certificates: readonly Certificate[]): void {
  if (new Set(certificates.map(certificateId)).size !== certificates.length) {
    throw new TrustError('ca_file_duplicate');
  }
}
