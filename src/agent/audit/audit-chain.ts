/**
 * The chain: each line holds its number, the hash of the line before it, and its own hash, so that no
 * line can be changed, removed or put in between without every later line saying so.
 */
import { createHash } from 'node:crypto';
import { isJsonObject, parseStrictJson, type JsonObject } from '../../core/index.ts';
import type { AuditEvent } from './audit-record.ts';

/** A line's place in the chain. */
export interface AuditLink {
  /** Number of the line; the first one of a chain is 1. */
  readonly sequence: number;
  /** Hexadecimal SHA-256, as the line ends in it. */
  readonly hash: string;
}

/** What the first line of a chain follows. */
export const chainStart: AuditLink = { sequence: 0, hash: '0'.repeat(64) };

/** Longest line that is read, in bytes: many times the longest that is written. */
export const maxLineBytes = 64 * 1024;

const lineForm =
  /^(\{"sequence":(\d{1,15}),"previous":"([0-9a-f]{64})",.*),"hash":"([0-9a-f]{64})"\}$/;

/** A line that has been read. */
export interface AuditLine {
  readonly link: AuditLink;
  /** The hash of the line before, as this one has it. */
  readonly previous: string;
  /** Whether the line's own hash is that of its text. */
  readonly genuine: boolean;
  /** All members, as JSON. */
  readonly record: JsonObject;
}

/**
 * Makes the line that follows another one.
 *
 * @param event - what to record
 * @param previous - the link of the line before, or {@link chainStart}
 * @returns the line, without a line feed, and its link
 */
export function encodeAuditLine(
  event: AuditEvent,
  previous: AuditLink,
): { readonly line: string; readonly link: AuditLink } {
  const sequence = previous.sequence + 1;
  const body = JSON.stringify({ sequence, previous: previous.hash, ...event }).slice(0, -1);
  const hash = hashOf(body);
  return { line: `${body},"hash":"${hash}"}`, link: { sequence, hash } };
}

/**
 * Reads a line.
 *
 * @param line - without its line feed
 * @returns undefined where it is no record of an audit log
 */
export function parseAuditLine(line: string): AuditLine | undefined {
  const [, body = '', sequence = '', previous = '', hash = ''] = lineForm.exec(line) ?? [];
  if (body === '') return undefined;
  const record = parseRecord(line);
  if (record === undefined) return undefined;
  const link = { sequence: Number(sequence), hash };
  return { link, previous, genuine: hashOf(body) === hash, record };
}

function parseRecord(line: string): JsonObject | undefined {
  try {
    const value = parseStrictJson(line, { maxLength: maxLineBytes, maxDepth: 4 });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}
