/**
 * The audit log's hash chain (docs/administrators.md, "Audit log"): each entry's hash covers its
 * content and the hash of the entry before, so that what is changed, taken out or put in shows.
 */
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import type { AuditEntry, AuditEvent, AuditStore } from '../storage/index.ts';

/** The hash before the first entry's. */
const noHash = '0'.repeat(64);

/** The first entry that does not fit in the chain. */
export interface AuditProblem {
  /** Where in the chain, from 1. */
  readonly sequence: number;
  /** `gap`: entries are missing before it; `link`: the hash of the entry before is another one;
   *  `content`: its content is not what its hash was made over. */
  readonly kind: 'gap' | 'link' | 'content';
  /** A sentence. */
  readonly message: string;
}

/**
 * Makes an entry's hash.
 *
 * @param previous - hexadecimal hash of the entry before; 64 zeros for the first
 * @returns hexadecimal SHA-256 of the UTF-8 text: `previous`, a line feed, and the entry's sequence
 *   and content as JSON with members sorted by code unit, without white space (RFC 8785)
 */
export function sealAuditEvent(event: AuditEvent, sequence: number, previous: string): string {
  const { at, actor, via, address, action, target, before, after } = event;
  const content = canonicalJson({
    ...{ sequence, at: at.toISOString(), actor, via, action },
    ...(address === undefined ? {} : { address }),
    ...(target === undefined ? {} : { target }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  });
  return createHash('sha256').update(`${previous}\n${content}`).digest('hex');
}

/** Entries of one reading. */
const pageSize = 500;

/**
 * Reads a chain from its start.
 *
 * @returns how many entries fit, and the first that does not, if any. Whether entries were cut off at
 *   the end shows only against a copy: compare the last hash with one that was exported before
 */
export async function verifyAuditChain(
  store: Pick<AuditStore, 'read'>,
): Promise<{ readonly entries: number; readonly problem: AuditProblem | undefined }> {
  let previous = noHash;
  let sequence = 0;
  for (;;) {
    const page = await store.read(sequence, pageSize);
    for (const entry of page) {
      const problem = faultOf(entry, sequence + 1, previous);
      if (problem !== undefined) return { entries: sequence, problem };
      ({ sequence, hash: previous } = entry);
    }
    if (page.length < pageSize) return { entries: sequence, problem: undefined };
  }
}

function faultOf(entry: AuditEntry, expected: number, previous: string): AuditProblem | undefined {
  const { sequence } = entry;
  if (sequence !== expected) {
    const message = `Entries ${expected} to ${sequence - 1} are missing.`;
    return { sequence, kind: 'gap', message };
  }
  if (entry.previous !== previous) {
    const message = `Entry ${sequence} does not follow the entry before it.`;
    return { sequence, kind: 'link', message };
  }
  if (sealAuditEvent(entry, sequence, previous) === entry.hash) return undefined;
  const message = `Entry ${sequence} was changed after it was written.`;
  return { sequence, kind: 'content', message };
}

/** RFC 8785; JSON.stringify writes numbers and strings as section 3.2.2 asks. */
function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) {
    return `[${value.map((item: JsonValue) => canonicalJson(item)).join()}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`);
  return `{${members.join()}}`;
}
