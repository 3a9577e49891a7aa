import type { StoredCertificate } from '../../keystore/index.ts';
import { encodePem, oids, type Certificate } from '../../pki/index.ts';
import { CliError } from '../errors.ts';
import { formatFields, formatJson, printable, printWidth, type Output } from '../output.ts';
import { describeStored, type ListedCertificate } from './certificate-listing.ts';
import { withStores, type StoreOptions } from './certificate-stores.ts';

/** Options of the command. */
export interface ShowOptions extends StoreOptions {
  readonly json?: boolean;
  readonly pem?: boolean;
}

/**
 * `countersign certs show`: everything about the certificates that a name fits.
 *
 * @param name - the start of the SHA-256 (8 digits or more), the serial number, the location, the
 *   label, the subject, its common name, or a DNS name or e-mail address among its alternative names
 * @throws CliError `certificate_not_found`
 */
export async function showCertificates(
  name: string,
  options: ShowOptions,
  output: Output,
): Promise<void> {
  await withStores(options, output, ({ certificates, problems }) => {
    const found = certificates
      .map((stored) => ({ stored, listed: describeStored(stored) }))
      .filter(({ listed, stored }) => fits(listed, stored.certificate, name));
    if (found.length === 0) {
      // It may be where we could not look.
      for (const { code, location, message } of problems) {
        output.err(`warning: ${code}: ${printable(`${location}: ${message}`)}\n`);
      }
      throw new CliError('certificate_not_found');
    }
    if (options.json === true) {
      output.out(
        formatJson({
          certificates: found.map(({ stored, listed }) => ({ ...listed, ...details(stored) })),
        }),
      );
      return;
    }
    const width = printWidth(output.columns);
    const texts = found.map(({ stored, listed }) =>
      options.pem === true
        ? encodePem('CERTIFICATE', stored.certificate.der)
        : formatCertificate(listed, stored, width),
    );
    output.out(texts.join(options.pem === true ? '' : '\n'));
  });
}

function fits(
  { sha256, serialNumber, location, label, subject }: ListedCertificate,
  certificate: Certificate,
  name: string,
): boolean {
  const lowerCase = name.toLowerCase();
  const hex = lowerCase.replaceAll(':', '');
  if (hex.length >= 8 && sha256.startsWith(hex)) return true;
  if (serialNumber === hex || location === name || label === name) return true;
  const names = [subject, ...commonNames(certificate), ...alternativeNames(certificate)];
  return names.some((known) => known.toLowerCase() === lowerCase);
}

function commonNames({ subject }: Certificate): readonly string[] {
  return subject.rdns
    .flat()
    .flatMap(({ type, text }) => (type === oids.commonName ? (text ?? []) : []));
}

/** Those that are text: DNS names and e-mail addresses. */
function alternativeNames({ subjectAlternativeName = [] }: Certificate): readonly string[] {
  return subjectAlternativeName.flatMap((name) =>
    name.form === 'dNSName' || name.form === 'rfc822Name' ? name.value : [],
  );
}

interface CertificateDetails {
  /** DNS names and e-mail addresses. */
  readonly alternativeNames: readonly string[];
  readonly keyUsage: readonly string[] | null;
  readonly extendedKeyUsage: readonly string[] | null;
  /** Certificates of the store between this one and its root. */
  readonly chainLength: number;
}

function details({ certificate, chain }: StoredCertificate): CertificateDetails {
  return {
    alternativeNames: alternativeNames(certificate),
    keyUsage: certificate.keyUsage === undefined ? null : [...certificate.keyUsage],
    extendedKeyUsage: certificate.extendedKeyUsage ?? null,
    chainLength: chain.length,
  };
}

function formatCertificate(
  listed: ListedCertificate,
  stored: StoredCertificate,
  width: number,
): string {
  const { alternativeNames, keyUsage, extendedKeyUsage, chainLength } = details(stored);
  const { key } = listed;
  return formatFields(
    [
      ['subject', listed.subject],
      ['alternative names', alternativeNames.join(', ') || 'none'],
      ['issuer', listed.issuer],
      ['serial number', listed.serialNumber],
      ['valid', `${listed.notBefore} to ${listed.notAfter}`],
      ['SHA-256', listed.sha256],
      ['public key', listed.publicKey],
      ['key usage', keyUsage?.join(', ') ?? 'any'],
      ['extended key usage', extendedKeyUsage?.join(', ') ?? 'any'],
      ['location', listed.location],
      ['label', listed.label],
      ['issuers in the store', String(chainLength)],
      ...(key.usable
        ? ([
            ['private key', `${key.protection}, ${exportability(key.exportable)}`],
            ['provider', key.provider],
            ['algorithms', key.algorithms.join(', ')],
          ] as const)
        : ([['private key', `${key.code}: ${key.message}`]] as const)),
    ],
    width,
  );
}

function exportability(exportable: boolean | null): string {
  if (exportable === null) return 'the store does not say whether it is exportable';
  return exportable ? 'exportable' : 'not exportable';
}
