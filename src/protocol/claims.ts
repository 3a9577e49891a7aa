/** Readers of single claims: present, of the right JSON type, within bounds, or a typed error. */
import {
  decodeBase64,
  decodeBase64Url,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../core/index.ts';
import { ProtocolError } from './errors.ts';
import { protocolLimits } from './limits.ts';

/** The error for a claim that is there but holds something the protocol does not allow. */
export function invalidClaim(claim: string, rule: string): ProtocolError {
  return new ProtocolError('claim_value_invalid', {
    member: claim,
    message: `The claim "${claim}" ${rule}.`,
  });
}

function wrongType(claim: string, type: string): ProtocolError {
  return new ProtocolError('claim_type_invalid', {
    member: claim,
    message: `The claim "${claim}" must be ${type}.`,
  });
}

function requireClaim(claims: JsonObject, claim: string): JsonValue {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (value === undefined) {
    throw new ProtocolError('claim_missing', {
      member: claim,
      message: `The token lacks the claim "${claim}".`,
    });
  }
  return value;
}

/** A non-empty string of at most `maxLength` characters, without control characters. */
export function readText(
  claims: JsonObject,
  claim: string,
  maxLength: number = protocolLimits.textLength,
): string {
  const value = requireClaim(claims, claim);
  if (typeof value !== 'string') throw wrongType(claim, 'a string');
  if (value.length === 0) throw invalidClaim(claim, 'must not be empty');
  if (value.length > maxLength) throw invalidClaim(claim, `is longer than ${maxLength} characters`);
  // Names from a device end up in logs and pages: no control character may ride along.
  if (/\p{Cc}/u.test(value)) throw invalidClaim(claim, 'contains control characters');
  return value;
}

/** As {@link readText}, or undefined where the claim is absent. */
export function readOptionalText(claims: JsonObject, claim: string): string | undefined {
  return Object.hasOwn(claims, claim) ? readText(claims, claim) : undefined;
}

/** One of a closed list of strings. */
export function readChoice<Choice extends string>(
  claims: JsonObject,
  claim: string,
  choices: readonly Choice[],
): Choice {
  const value = readText(claims, claim);
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw invalidClaim(claim, `must be one of ${choices.join(', ')}`);
  return choice;
}

/** A boolean, or undefined where the claim is absent. */
export function readOptionalBoolean(claims: JsonObject, claim: string): boolean | undefined {
  if (!Object.hasOwn(claims, claim)) return undefined;
  const value = claims[claim];
  if (typeof value !== 'boolean') throw wrongType(claim, 'true or false');
  return value;
}

/** A NumericDate (RFC 7519 section 2), in whole seconds since 1970. */
export function readTime(claims: JsonObject, claim: string): number {
  const value = requireClaim(claims, claim);
  if (typeof value !== 'number') throw wrongType(claim, 'a number');
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalidClaim(claim, 'must be a whole number of seconds since 1970');
  }
  return value;
}

/** A JSON object. */
export function readObject(claims: JsonObject, claim: string): JsonObject {
  const value = requireClaim(claims, claim);
  if (!isJsonObject(value)) throw wrongType(claim, 'an object');
  return value;
}

/** A list of 1 to {@link protocolLimits.listEntries} entries (0 where `allowEmpty`). */
export function readList(
  claims: JsonObject,
  claim: string,
  allowEmpty = false,
): readonly JsonValue[] {
  const value = requireClaim(claims, claim);
  if (!Array.isArray(value)) throw wrongType(claim, 'an array');
  if (value.length === 0 && !allowEmpty) throw invalidClaim(claim, 'must not be empty');
  if (value.length > protocolLimits.listEntries) {
    throw invalidClaim(claim, `has more than ${protocolLimits.listEntries} entries`);
  }
  return value as readonly JsonValue[];
}

/** A list of strings, each at most `maxLength` characters. */
export function readTextList(
  claims: JsonObject,
  claim: string,
  maxLength = 2048,
): readonly string[] {
  return readList(claims, claim).map((entry) => {
    if (typeof entry !== 'string') throw wrongType(claim, 'an array of strings');
    if (entry.length === 0 || entry.length > maxLength) {
      throw invalidClaim(
        claim,
        `has an entry that is empty or longer than ${maxLength} characters`,
      );
    }
    return entry;
  });
}

/** base64url of exactly `length` bytes; returned as the text, which strictness makes canonical. */
export function readBase64Url(claims: JsonObject, claim: string, length: number): string {
  const value = readText(claims, claim);
  if (decodeBase64Url(value)?.length !== length) {
    throw invalidClaim(claim, `must be base64url of ${length} bytes`);
  }
  return value;
}

/** A list of standard base64 texts, decoded. */
export function readBase64List(claims: JsonObject, claim: string): readonly Uint8Array[] {
  return readTextList(claims, claim).map((entry) => {
    const bytes = decodeBase64(entry);
    if (bytes === undefined) throw invalidClaim(claim, 'must hold standard base64');
    return bytes;
  });
}
