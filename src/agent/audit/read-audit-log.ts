/** Reads an audit log for those who want to see it. It says nothing of the log's integrity. */
import type { JsonObject } from '../../core/index.ts';
import { parseAuditLine } from './audit-chain.ts';
import { readLines } from './audit-files.ts';

/** A record as it stands in the log. */
export interface StoredAuditRecord {
  /** The line as it was written, without its line feed. */
  readonly line: string;
  readonly record: JsonObject;
}

/**
 * Reads the records of a log; what is no record is passed over.
 *
 * @param files - the oldest first
 * @param range - from when, and until before when; both may be left out
 * @throws the system's error where a file cannot be read
 */
export async function* readAuditLog(
  files: readonly string[],
  { since, until }: { readonly since?: Date; readonly until?: Date } = {},
): AsyncGenerator<StoredAuditRecord> {
  const from = since?.toISOString() ?? '';
  const before = until?.toISOString();
  for await (const { line } of readLines(files)) {
    const { text } = line;
    const record = text === undefined ? undefined : parseAuditLine(text)?.record;
    const time = record?.['time'];
    if (text === undefined || record === undefined || typeof time !== 'string') continue;
    // All times are ISO 8601 in UTC with milliseconds: the order of their texts is theirs.
    if (time >= from && (before === undefined || time < before)) yield { line: text, record };
  }
}
