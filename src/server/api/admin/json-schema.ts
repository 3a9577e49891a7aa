/** JSON Schemas (2020-12) of the admin API, in few words. */

/** A schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An object of the given members and no others; all are there but those named as optional. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A list. */
export function list(items: JsonSchema, bounds: JsonSchema = {}): JsonSchema {
  return { type: 'array', items, ...bounds };
}

/** Text of bounded length. */
export function text(maxLength = 1024, more: JsonSchema = {}): JsonSchema {
  return { type: 'string', maxLength, ...more };
}

/** One of some words. */
export function oneOf(...words: readonly string[]): JsonSchema {
  return { type: 'string', enum: words };
}

/** A whole number. */
export function whole(minimum = 0, maximum?: number): JsonSchema {
  return { type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) };
}

/** True or false. */
export const flag: JsonSchema = { type: 'boolean' };

/** A moment: ISO 8601 (RFC 3339). */
export const moment: JsonSchema = { type: 'string', format: 'date-time' };

/** Hexadecimal SHA-256. */
export const sha256: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };

/** A schema of the document's components. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** One page of a list. */
export function page(name: string, items: JsonSchema): JsonSchema {
  return object({ [name]: list(items), next: text() }, ['next']);
}
