// The settings' JSON Schema (draft 2020-12), made from the table that the agent reads them by.
import { textFormats } from '../../dist/agent/index.js';

/** Text without control characters, as the parser takes it. */
const text = { type: 'string', minLength: 1, maxLength: 2048 };

const keySet = {
  type: 'object',
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: {
        type: 'object',
        required: ['kty'],
        properties: { kty: { type: 'string' }, kid: { type: 'string' } },
      },
    },
  },
};

function valueSchema(value) {
  switch (value.kind) {
    case 'text':
      return { ...text, ...textFormats[value.format].keywords };
    case 'choice':
      return { enum: [...value.choices] };
    case 'integer':
      return { type: 'integer', minimum: value.minimum, maximum: value.maximum };
    case 'keySet':
      return keySet;
    case 'array':
      return {
        type: 'array',
        items: valueSchema(value.items),
        minItems: value.minItems,
        maxItems: value.maxItems,
        ...(value.unique ? { uniqueItems: true } : {}),
      };
    case 'object':
      return objectSchema(value.members);
    default:
      throw new Error(`No JSON Schema for values of the kind ${value.kind}.`);
  }
}

function objectSchema(members) {
  const entries = Object.entries(members);
  const required = entries.filter(([, member]) => member.required).map(([name]) => name);
  const properties = entries.map(([name, member]) => [
    name,
    {
      ...(member.title === undefined ? {} : { title: member.title }),
      description: member.description,
      ...valueSchema(member.value),
      ...(member.default === undefined ? {} : { default: member.default }),
      ...(member.example === undefined ? {} : { examples: [member.example] }),
    },
  ]);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/** The schema of a settings file. */
export function settingsJsonSchema(settings) {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of the Countersign agent',
    ...objectSchema(settings),
  };
}

/** The manifest that Jamf Pro makes a form of: the schema, and the preferences domain. */
export function jamfManifest(settings, domain) {
  const { title, ...schema } = { ...settingsJsonSchema(settings), $schema: undefined };
  return {
    title: `${title} (${domain})`,
    description: 'Managed preferences of the Countersign agent.',
    __preferencedomain: domain,
    ...schema,
  };
}
