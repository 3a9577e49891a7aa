/** Certificates and problems of stores, as the `certs` commands print them. */
import { keystoreErrors, type StoredCertificate, type StoreProblem } from '../../keystore/index.ts';
import type { CertificateSummary } from '../../protocol/index.ts';
import { summarizeCertificate } from '../../verifier/certificate-summary.ts';
import { formatTable } from '../output.ts';

/** A certificate of a store, as JSON tells it. */
export interface ListedCertificate extends CertificateSummary {
  readonly location: string;
  readonly label: string;
  readonly key:
    | {
        readonly usable: true;
        readonly protection: string;
        readonly exportable: boolean | null;
        readonly provider: string;
        readonly algorithms: readonly string[];
      }
    | { readonly usable: false; readonly code: string; readonly message: string };
}

/** Describes a certificate of a store. */
export function describeStored(stored: StoredCertificate): ListedCertificate {
  const { location, label, certificate } = stored;
  return {
    ...summarizeCertificate(certificate),
    location,
    label,
    key:
      stored.key === undefined
        ? { usable: false, code: stored.problem.code, message: stored.problem.message }
        : {
            usable: true,
            protection: stored.key.protection,
            exportable: stored.key.exportable ?? null,
            provider: stored.key.provider,
            algorithms: stored.signer.algorithms,
          },
  };
}

/** A few words on a certificate's key: where it lives and whether it can leave, or why it is of no use. */
export function keyInBrief({ key }: ListedCertificate): string {
  if (!key.usable) return key.code;
  const exportable = { true: 'exportable', false: 'not exportable', null: 'exportable unknown' };
  return `${key.protection}, ${exportable[`${key.exportable}`]}`;
}

/**
 * The provider that holds a key, and its place: the location without what names the certificate. A
 * file is both.
 */
export function storeInBrief({ key, location }: ListedCertificate): string {
  const place = location.replace(/\/[0-9A-F]{40}$|\?sha256=.*$|;(?:id|object|type)=[^;?]*/g, '');
  return key.usable && !place.startsWith('file:') ? `${key.provider}, ${place}` : place;
}

/** The problems of stores below a table; an empty text where there are none. */
export function formatProblems(problems: readonly StoreProblem[], width: number): string {
  if (problems.length === 0) return '';
  const rows = problems.map(({ location, code, message }) => [
    code,
    location,
    message || keystoreErrors[code],
  ]);
  const columns = [
    { title: 'PROBLEM' },
    { title: 'WHERE', wrap: true },
    { title: 'WHAT', wrap: true },
  ];
  return `\n${formatTable(columns, rows, width)}`;
}
