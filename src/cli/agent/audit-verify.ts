import { counted } from '../../core/index.ts';
import type { AuditLink } from '../../agent/audit/audit-chain.ts';
import { verifyAuditLog, type AuditVerification } from '../../agent/audit/verify-audit-log.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, printable, type Output } from '../output.ts';
import { auditLogFiles, readingAuditLog, type AuditLogOptions } from './audit-log-files.ts';

/** Options of the command. */
export interface VerifyOptions extends AuditLogOptions {
  /** `SEQUENCE:HASH`, as `audit verify` and the agent’s log tell it. */
  readonly expect?: string;
  readonly json?: boolean;
}

/**
 * `countersign audit verify`: tells whether the audit log is as it was written.
 *
 * @param named - files, the oldest first; else those of the settings
 * @throws ExitWith `auditLogDamaged`
 * @throws CliError `usage` or `file_unreadable`
 */
export async function verifyAudit(
  named: readonly string[],
  options: VerifyOptions,
  output: Output,
): Promise<void> {
  const expected = options.expect === undefined ? undefined : parseLink(options.expect);
  const { files, result } = await readingAuditLog(async () => {
    const files = await auditLogFiles(named, options);
    return { files, result: await verifyAuditLog(files, expected) };
  });
  output.out(options.json === true ? formatJson({ files, ...result }) : formatResult(result));
  if (!result.intact) throw new ExitWith(exitCodes.auditLogDamaged);
}

function parseLink(value: string): AuditLink {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(value) ?? [];
  if (sequence === undefined || hash === undefined) {
    throw new CliError('usage', {
      message: '--expect takes the number of a record and its hash, as "audit verify" prints them.',
    });
  }
  return { sequence: Number(sequence), hash };
}

function formatResult(result: AuditVerification): string {
  const { first, last, torn, problems, problemCount } = result;
  const lines = [
    ...problems.map(({ file, line, code, message }) => `${file}:${line}: ${code}: ${message}`),
    ...(problemCount > problems.length
      ? [counted(problemCount - problems.length, 'more problem')]
      : []),
    ...torn.map(
      ({ file, line }) =>
        `${file}:${line}: cut short when the agent was ended while it wrote; one record at most is lost`,
    ),
    first === undefined || last === undefined
      ? 'No record yet.'
      : `${result.intact ? 'Intact' : 'NOT intact'}: ${counted(result.records, 'record')}, ` +
        `${first.sequence} to ${last.sequence}. The last is ${last.sequence}:${last.hash}`,
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
