import type { Sweep } from '../../agent/identity-source.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import {
  dayOf,
  describeStored,
  formatProblems,
  keyInBrief,
  storeInBrief,
} from './certificate-listing.ts';
import { withStores, type StoreOptions } from './certificate-stores.ts';

/** Options of the command. */
export interface ListOptions extends StoreOptions {
  readonly json?: boolean;
}

/** `countersign certs list`: what the stores hold. */
export async function listCertificates(options: ListOptions, output: Output): Promise<void> {
  await withStores(options, output, (sweep) => {
    output.out(
      options.json === true
        ? formatJson({
            certificates: sweep.certificates.map(describeStored),
            problems: sweep.problems,
          })
        : formatList(sweep, printWidth(output.columns)),
    );
  });
}

function formatList({ certificates, problems }: Sweep, width: number): string {
  const listed = certificates.map(describeStored);
  const table = formatTable(
    [
      { title: 'SUBJECT', wrap: true },
      { title: 'ISSUER', wrap: true },
      { title: 'VALID UNTIL' },
      { title: 'PUBLIC KEY' },
      { title: 'PRIVATE KEY', wrap: true },
      { title: 'STORE', wrap: true },
      { title: 'SHA-256' },
    ],
    listed.map((certificate) => [
      certificate.subject,
      certificate.issuer,
      dayOf(certificate.notAfter),
      certificate.publicKey,
      keyInBrief(certificate),
      storeInBrief(certificate),
      certificate.sha256.slice(0, 12),
    ]),
    width,
  );
  const text = listed.length === 0 ? 'No certificate was found.\n' : table;
  return text + formatProblems(problems, width);
}
