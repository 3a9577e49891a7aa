import { formatDay } from '../../core/index.ts';
import type { Sweep } from '../../agent/identity-source.ts';
import { KeystoreError } from '../../keystore/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { describeStored, formatProblems, keyInBrief, storeInBrief } from './certificate-listing.ts';
import { withStores, type StoreOptions } from './certificate-stores.ts';

/** Options of the command. */
export interface ListOptions extends StoreOptions {
  readonly json?: boolean;
}

/**
 * `countersign certs list`: what the stores hold.
 *
 * @throws ExitWith `failure` where a store of `--store` cannot be read, once the others have been told
 */
export async function listCertificates(options: ListOptions, output: Output): Promise<void> {
  const [failed] = await withStores(options, output, (sweep) => {
    output.out(
      options.json === true
        ? formatJson({
            certificates: sweep.certificates.map(describeStored),
            problems: sweep.problems,
          })
        : formatList(sweep, printWidth(output.columns)),
    );
    return sweep.unreadable;
  });
  if (failed === undefined) return;
  const { code, location, message } = failed;
  const reason = new KeystoreError(code, { message: `${location}: ${message}` });
  throw new ExitWith(exitCodes.failure, reason);
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
      formatDay(certificate.notAfter),
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
