/**
 * Strict JSON (RFC 8259): what JSON.parse accepts, less what lets two readers see two documents.
 *
 * Refused besides bad syntax: duplicate member names (RFC 8259 section 4 leaves their meaning open;
 * RFC 7515 section 4 and RFC 7519 section 4 let a reader refuse them), nesting deeper than a bound,
 * texts longer than a bound, and members named `__proto__`.
 */
import { CountersignError, type ErrorDetails } from './errors.ts';

/** A JSON value as parsed. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };

/** A JSON object as parsed. */
export type JsonObject = { readonly [member: string]: JsonValue };

/** Codes of {@link JsonError}. */
export const jsonErrors = {
  json_syntax: 'The text is not JSON.',
  json_too_long: 'The JSON text is longer than allowed here.',
  json_too_deep: 'The JSON text is nested deeper than allowed here.',
  json_duplicate_member: 'The JSON text names a member of an object twice.',
  json_forbidden_member: 'The JSON text has a member named "__proto__".',
} as const;

/** One of {@link jsonErrors}' codes. */
export type JsonErrorCode = keyof typeof jsonErrors;

/** Thrown by {@link parseStrictJson}. */
export class JsonError extends CountersignError<JsonErrorCode> {
  constructor(code: JsonErrorCode, details?: ErrorDetails) {
    super(code, jsonErrors, details);
  }
}

/** Bounds of {@link parseStrictJson}. */
export interface JsonLimits {
  /** Longest text, in UTF-16 code units. */
  readonly maxLength: number;
  /** Deepest nesting of arrays and objects. */
  readonly maxDepth: number;
}

/**
 * Parses a JSON text strictly.
 *
 * @param text - the document
 * @param limits - its bounds
 * @returns the value
 * @throws {@link JsonError} where the text is not JSON or breaks a rule above
 */
export function parseStrictJson(text: string, limits: JsonLimits): JsonValue {
  if (text.length > limits.maxLength) {
    throw new JsonError('json_too_long', {
      message: `The JSON text is longer than ${limits.maxLength} characters.`,
    });
  }
  checkDepth(text, limits.maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new JsonError('json_syntax');
  }
  checkMembers(text);
  return value;
}

/** True for a JSON object (not null, not an array). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const quote = 0x22;
const backslash = 0x5c;

/** @returns the index just past the string that starts at `start`, or the text's length */
function skipString(text: string, start: number): number {
  // Strings are mostly certificates: to search them natively takes a sixth of the time.
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (index - first) % 2 === 1;
}

/** Depth is bounded before JSON.parse sees the text, so that no recursion depends on the sender. */
function checkDepth(text: string, maxDepth: number): void {
  let depth = 0;
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      i = skipString(text, i);
      continue;
    }
    if (c === 0x5b || c === 0x7b) {
      if (++depth > maxDepth) {
        throw new JsonError('json_too_deep', {
          message: `The JSON text is nested deeper than ${maxDepth} levels.`,
        });
      }
    } else if (c === 0x5d || c === 0x7d) depth--;
    i++;
  }
}

/** Looks for repeated and forbidden member names in a text that is known to be well-formed. */
function checkMembers(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length;) {
    const c = text.charCodeAt(i);
    if (c === quote) {
      const end = skipString(text, i);
      const members = open.at(-1);
      if (members !== undefined && isFollowedByColon(text, end)) {
        noteMember(members, JSON.parse(text.slice(i, end)) as string);
      }
      i = end;
      continue;
    }
    if (c === 0x7b) open.push(new Set());
    else if (c === 0x5b) open.push(undefined);
    else if (c === 0x5d || c === 0x7d) open.pop();
    i++;
  }
}

function isFollowedByColon(text: string, index: number): boolean {
  let i = index;
  while (/\s/.test(text.charAt(i))) i++;
  return text.charAt(i) === ':';
}

function noteMember(members: Set<string>, name: string): void {
  if (name === '__proto__') {
    throw new JsonError('json_forbidden_member');
  }
  if (members.has(name)) {
    throw new JsonError('json_duplicate_member');
  }
  members.add(name);
}
