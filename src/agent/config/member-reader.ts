/** Reads members of a settings object; each error names the member and the file. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { AgentError } from '../errors.ts';

/** A JSON value with its place in the settings. */
export interface Member {
  readonly value: JsonValue;
  /** Such as `servers[0].issuer`. */
  readonly name: string;
  /** Where it was read: a file's path. */
  readonly source: string;
}

/** The error for a value that a member may not have. */
export function invalidMember(member: Omit<Member, 'value'>, rule: string): AgentError {
  return new AgentError('settings_member_invalid', {
    member: member.name,
    message: `${member.source}: "${member.name}" ${rule}.`,
  });
}

/**
 * Takes an object apart and refuses members it may not have.
 *
 * @param member - the object
 * @param known - the names of its members
 * @throws AgentError `settings_member_invalid` or `settings_member_unknown`, the latter with the
 *   known name that looks most like the unknown one
 */
export function readMembers<Name extends string>(
  member: Member,
  known: readonly Name[],
): { readonly [K in Name]: Member | undefined } {
  if (!isJsonObject(member.value)) throw invalidMember(member, 'must be an object');
  const object: JsonObject = member.value;
  const prefix = member.name === '' ? '' : `${member.name}.`;
  for (const name of Object.keys(object)) {
    if (!(known as readonly string[]).includes(name)) {
      throw unknownMember({ name: `${prefix}${name}`, source: member.source }, name, known);
    }
  }
  const entries = known.map((name) => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    const place = { name: `${prefix}${name}`, source: member.source };
    return [name, value === undefined ? undefined : { ...place, value }] as const;
  });
  return Object.fromEntries(entries) as { readonly [K in Name]: Member | undefined };
}

/**
 * The error for a member that may not be there.
 *
 * @param place - its full name and its source
 * @param name - its name within its object
 * @param known - the names that its object may have
 */
export function unknownMember(
  place: Omit<Member, 'value'>,
  name: string,
  known: readonly string[],
): AgentError {
  const similar = mostSimilar(name, known);
  const hint =
    similar === undefined ? `known are ${known.join(', ')}` : `did you mean "${similar}"?`;
  return new AgentError('settings_member_unknown', {
    member: place.name,
    message: `${place.source}: there is no member "${place.name}"; ${hint}`,
  });
}

/** A non-empty string of at most 2048 characters, without control characters. */
export function readString(member: Member): string {
  const { value } = member;
  if (typeof value !== 'string') throw invalidMember(member, 'must be a string');
  if (value === '' || value.length > 2048 || /\p{Cc}/u.test(value)) {
    throw invalidMember(member, 'must be 1 to 2048 characters without control characters');
  }
  return value;
}

/** @returns the candidate within two edits of a name, the nearest first */
function mostSimilar(name: string, candidates: readonly string[]): string | undefined {
  // A longer name is nobody's slip of the finger, and distance costs the product of both lengths.
  if (name.length > 64) return undefined;
  const [best] = candidates
    .map((candidate) => ({
      candidate,
      distance: editDistance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined;
}

/** Levenshtein's distance: insertions, deletions and substitutions that lead from a to b. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
