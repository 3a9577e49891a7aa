import { readAuditLog } from '../../agent/audit/read-audit-log.ts';
import { isJsonObject, type JsonObject } from '../../core/index.ts';
import { CliError } from '../errors.ts';
import { formatTable, printWidth, type Output } from '../output.ts';
import { auditLogFiles, readingAuditLog, type AuditLogOptions } from './audit-log-files.ts';

/** Options of the command. */
export interface TailOptions extends AuditLogOptions {
  /** How many, as a number. */
  readonly lines: string;
  readonly json?: boolean;
}

/** Most records that are kept in memory to be shown. */
const maxLines = 10_000;

/**
 * `countersign audit tail`: shows the last records; with --json as they stand in the log.
 *
 * @throws CliError `usage` or `file_unreadable`
 */
export async function tailAudit(options: TailOptions, output: Output): Promise<void> {
  const count = Number(options.lines);
  if (!/^\d+$/.test(options.lines) || count < 1 || count > maxLines) {
    throw new CliError('usage', { message: `--lines takes a number from 1 to ${maxLines}.` });
  }
  const last: { readonly line: string; readonly record: JsonObject }[] = [];
  await readingAuditLog(async () => {
    for await (const stored of readAuditLog(await auditLogFiles([], options))) {
      last.push(stored);
      if (last.length > count) last.shift();
    }
  });
  output.out(
    options.json === true
      ? last.map(({ line }) => `${line}\n`).join('')
      : formatRecords(
          last.map(({ record }) => record),
          printWidth(output.columns),
        ),
  );
}

function formatRecords(records: readonly JsonObject[], width: number): string {
  if (records.length === 0) return 'No record yet.\n';
  const columns = [
    { title: 'TIME' },
    { title: 'OUTCOME' },
    { title: 'ORIGIN', wrap: true },
    { title: 'CERTIFICATE', wrap: true },
    { title: 'CODE', wrap: true },
  ];
  return formatTable(columns, records.map(cellsOf), width);
}

function cellsOf(record: JsonObject): readonly string[] {
  const { certificate } = record;
  return [
    textOf(record['time']),
    textOf(record['outcome'] ?? record['event']),
    textOf(record['origin']),
    isJsonObject(certificate) ? textOf(certificate['subject']) : '-',
    textOf(record['code']),
  ];
}

function textOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '-';
}
