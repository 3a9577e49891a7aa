/** Reads a value by its schema. */
import type { JsonValue } from '../../core/index.ts';
import { publicKeysOf } from '../challenge/key-set.ts';
import { AgentError } from '../errors.ts';
import { invalidMember, readMembers, readString, type Member } from './member-reader.ts';
import { textFormats, type ValueOf, type ValueSchema } from './settings-schema.ts';

type ArraySchema = Extract<ValueSchema, { readonly kind: 'array' }>;

/**
 * Reads a value.
 *
 * @param member - the value with its place
 * @param schema - what it may be
 * @param skipped - told of each entry of a list that cannot be used and is left out; where there is
 *   nobody to tell, one such entry refuses the list. Lists within an entry are always taken whole.
 * @throws AgentError `settings_member_invalid` or `settings_member_unknown`
 */
export function readValue<S extends ValueSchema>(
  member: Member,
  schema: S,
  skipped?: (error: AgentError) => void,
): ValueOf<S> {
  // The compiler cannot see that each case gives the type that ValueOf computes.
  return readAny(member, schema, skipped) as ValueOf<S>;
}

function readAny(
  member: Member,
  schema: ValueSchema,
  skipped?: (error: AgentError) => void,
): unknown {
  switch (schema.kind) {
    case 'text':
      return readText(member, schema.format);
    case 'choice':
      return readChoice(member, schema.choices);
    case 'integer':
      return readInteger(member, schema);
    case 'keySet':
      return readKeySet(member);
    case 'array':
      return readArray(member, schema, skipped);
    case 'object':
      return readObject(member, schema);
  }
}

function readText(member: Member, name: keyof typeof textFormats): string {
  const { read, rule } = textFormats[name];
  const text = read(readString(member));
  if (text === undefined) throw invalidMember(member, rule);
  return text;
}

function readChoice(member: Member, choices: readonly string[]): string {
  const choice = choices.find((candidate) => candidate === member.value);
  if (choice === undefined) throw invalidMember(member, `must be one of ${choices.join(', ')}`);
  return choice;
}

function readInteger(
  member: Member,
  { minimum, maximum }: Extract<ValueSchema, { readonly kind: 'integer' }>,
): number {
  const { value } = member;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw invalidMember(member, `must be a whole number from ${minimum} to ${maximum}`);
  }
  return value;
}

function readKeySet(member: Member): unknown {
  const keys = publicKeysOf(member.value);
  if (keys !== undefined) return keys;
  throw invalidMember(
    member,
    'must be a JWK set of public EC P-256 or Ed25519 keys, each with a kid',
  );
}

function readArray(
  member: Member,
  schema: ArraySchema,
  skipped?: (error: AgentError) => void,
): readonly unknown[] {
  const read = (entry: Member, before: readonly unknown[]): unknown => {
    const value = readAny(entry, schema.items);
    if (schema.unique && before.includes(value)) throw invalidMember(entry, 'is there already');
    return value;
  };
  return readEntries(member, schema, read, skipped);
}

/**
 * Reads the entries of a list.
 *
 * @param member - the list
 * @param bounds - how many there may be
 * @param read - reads one entry, given those before it
 * @param skipped - as of {@link readValue}
 * @throws AgentError `settings_member_invalid` or `settings_member_unknown`
 */
export function readEntries<T>(
  member: Member,
  { minItems, maxItems }: Pick<ArraySchema, 'minItems' | 'maxItems'>,
  read: (entry: Member, before: readonly T[]) => T,
  skipped?: (error: AgentError) => void,
): readonly T[] {
  if (!Array.isArray(member.value)) throw invalidMember(member, 'must be an array');
  const entries = member.value as readonly JsonValue[];
  if (entries.length > maxItems) throw invalidMember(member, `has more than ${maxItems} entries`);
  const values: T[] = [];
  for (const [index, value] of entries.entries()) {
    const entry = { value, name: `${member.name}[${index}]`, source: member.source };
    try {
      values.push(read(entry, values));
    } catch (error) {
      if (!(error instanceof AgentError) || skipped === undefined) throw error;
      skipped(error);
    }
  }
  if (values.length < minItems) {
    throw invalidMember(member, `has fewer usable entries than ${minItems}`);
  }
  return values;
}

function readObject(
  member: Member,
  { members }: Extract<ValueSchema, { readonly kind: 'object' }>,
): Readonly<Record<string, unknown>> {
  const given = readMembers(member, Object.keys(members));
  const entries = Object.entries(members).map(([name, schema]) => {
    const value = given[name];
    if (value !== undefined) return [name, readAny(value, schema.value)] as const;
    if (!schema.required) return [name, undefined] as const;
    throw invalidMember({ name: `${member.name}.${name}`, source: member.source }, 'is missing');
  });
  return Object.fromEntries(entries);
}
