/**
 * Brings the values of a policy into the form that settings files have. The Windows registry knows
 * neither lists of objects nor lists of numbers, so a policy may say there
 * - a list or an object as JSON text (REG_SZ), also by entry: one JSON text for each (REG_MULTI_SZ),
 * - a list as a key whose values or subkeys are named by numbers,
 * - a number as text.
 * Property lists have all forms and pass through unchanged.
 */
import { isJsonObject, JsonError, parseStrictJson, type JsonObject } from '../../core/index.ts';
import type { JsonValue } from '../../core/index.ts';
import { settingNames, settingsSchema, type ValueSchema } from './settings-schema.ts';

const limits = { maxLength: 64 * 1024, maxDepth: 8 };

/**
 * Converts the values of a policy. What fits no form above is left as it is: the parser then says
 * what is wrong with it.
 *
 * @param values - by the settings' names
 * @returns members as a settings file has them
 */
export function policyToSettings(values: JsonObject): JsonObject {
  const converted = Object.entries(values).map(([name, value]) => {
    const known = settingNames.find((candidate) => candidate === name);
    return [name, known === undefined ? value : convert(value, settingsSchema[known].value)];
  });
  return Object.fromEntries(converted) as JsonObject;
}

function convert(value: JsonValue, schema: ValueSchema): JsonValue {
  switch (schema.kind) {
    case 'integer':
      return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    case 'array': {
      const list = numberedToList(parsed(value));
      if (!Array.isArray(list)) return list;
      return (list as readonly JsonValue[]).map((entry) => convert(entry, schema.items));
    }
    case 'object': {
      const object = parsed(value);
      if (!isJsonObject(object)) return object;
      const members = Object.entries(object).map(([name, member]) => {
        const known = Object.hasOwn(schema.members, name) ? schema.members[name] : undefined;
        return [name, known === undefined ? member : convert(member, known.value)];
      });
      return Object.fromEntries(members) as JsonObject;
    }
    case 'keySet':
      return parsed(value);
    case 'text':
    case 'choice':
      return value;
  }
}

function parsed(value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  try {
    return parseStrictJson(value, limits);
  } catch (error) {
    if (error instanceof JsonError) return value;
    throw error;
  }
}

function numberedToList(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([name]) => /^\d{1,4}$/.test(name))) return value;
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, entry]) => entry);
}
