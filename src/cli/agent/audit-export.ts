import { readAuditLog, type StoredAuditRecord } from '../../agent/audit/read-audit-log.ts';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { CliError } from '../errors.ts';
import type { Output } from '../output.ts';
import { auditLogFiles, readingAuditLog, type AuditLogOptions } from './audit-log-files.ts';

/** Options of the command. */
export interface ExportOptions extends AuditLogOptions {
  /** As they stand in the log, or for a spreadsheet. */
  readonly format: 'jsonl' | 'csv';
  /** A date, or a date with a time, ISO 8601. */
  readonly since?: string;
  readonly until?: string;
}

/**
 * `countersign audit export`: writes the records of a time to standard output.
 *
 * @throws CliError `usage` or `file_unreadable`
 */
export async function exportAudit(options: ExportOptions, output: Output): Promise<void> {
  const { format, since, until } = options;
  const range = {
    ...(since === undefined ? {} : { since: parseMoment(since) }),
    ...(until === undefined ? {} : { until: parseMoment(until) }),
  };
  if (format === 'csv') output.out(csvRow(csvColumns));
  await readingAuditLog(async () => {
    for await (const stored of readAuditLog(await auditLogFiles([], options), range)) {
      output.out(format === 'csv' ? csvRow(cellsOf(stored)) : `${stored.line}\n`);
    }
  });
}

/** ECMAScript's reading: a date is UTC's, a time without an offset is this machine's. */
function parseMoment(value: string): Date {
  const moment = new Date(value);
  if (/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(value) && !isNaN(+moment)) {
    return moment;
  }
  throw new CliError('usage', {
    message: 'A time is written like 2026-03-01 or 2026-03-01T12:00:00Z.',
  });
}

const csvColumns = [
  ...['sequence', 'time', 'event', 'outcome', 'origin', 'issuer', 'transaction'],
  ...['subject', 'serialNumber', 'sha256', 'code', 'message', 'durationMs', 'hash'],
] as const;

function cellsOf({ record }: StoredAuditRecord): readonly string[] {
  const { certificate } = record;
  const all = isJsonObject(certificate) ? { ...record, ...certificate } : record;
  return csvColumns.map((column) => cellText(all[column]));
}

function cellText(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** RFC 4180, and nothing that a spreadsheet would take for a formula. */
function csvRow(cells: readonly string[]): string {
  const safe = cells.map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell));
  return `${safe.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
}
