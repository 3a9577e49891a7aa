import { resolve } from 'node:path';
import { formatDay } from '../../core/index.ts';
import type { Sweep } from '../../agent/identity-source.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { formatProblems } from './certificate-listing.ts';
import { withStores, type StoreOptions } from './certificate-stores.ts';
import { checkDevice, type CheckedCertificate } from './device-check.ts';
import { readAuthorities } from './read-authorities.ts';

/** Options of the command. */
export interface CheckOptions extends StoreOptions {
  readonly issuer: readonly string[];
  readonly json?: boolean;
}

/**
 * `countersign certs check`: whether a server that accepts these authorities would call this device
 * managed, and for each certificate why it would or would not do.
 *
 * @throws ExitWith `noManagedCertificate`, once everything has been told
 */
export async function checkCertificates(options: CheckOptions, output: Output): Promise<void> {
  const authorities = options.issuer.flatMap((file) => readAuthorities(resolve(file)));
  const managed = await withStores(options, output, async (sweep) => {
    const checked = await checkDevice(sweep, authorities, new Date());
    const used = checked.find(({ used }) => used);
    output.out(
      options.json === true
        ? formatJson({
            managed: used?.passes ?? false,
            certificates: checked,
            problems: sweep.problems,
          })
        : formatCheck(checked, sweep, printWidth(output.columns)),
    );
    return used?.passes ?? false;
  });
  if (!managed) throw new ExitWith(exitCodes.noManagedCertificate);
}

function formatCheck(
  checked: readonly CheckedCertificate[],
  { problems }: Sweep,
  width: number,
): string {
  const table = formatTable(
    [
      { title: 'CERTIFICATE', wrap: true },
      { title: 'SHA-256' },
      { title: 'VALID UNTIL' },
      { title: 'PASSES' },
      { title: 'WHY', wrap: true },
    ],
    checked.map(({ subject, sha256, notAfter, passes, code, message }) => [
      subject,
      sha256.slice(0, 12),
      formatDay(notAfter),
      passes ? 'yes' : 'no',
      `${message} [${code}]`,
    ]),
    width,
  );
  return [
    checked.length === 0 ? '' : `${table}\n`,
    conclusion(checked),
    formatProblems(problems, width),
  ].join('');
}

function conclusion(checked: readonly CheckedCertificate[]): string {
  const used = checked.find((certificate) => certificate.used);
  if (used?.passes === true) {
    return `This device would be called managed, by ${used.subject}.\nRevocation is not checked here: the server does that.\n`;
  }
  if (checked.length === 0) return 'No certificate was found: this device would be refused.\n';
  return used === undefined
    ? 'No certificate can answer: this device would be refused.\n'
    : `The agent would answer with ${used.subject}, and the device would be refused.\n`;
}
