/** Holds what arrives to its operation's schemas. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { fromUtf8, parseStrictJson } from '../../../core/index.ts';
import { AdministrationError } from '../../administration/index.ts';
import { ServerError } from '../../errors.ts';
import { components } from './components.ts';
import { object, type JsonSchema } from './json-schema.ts';
import type { Operation } from './operation.ts';

/** Largest JSON body, in bytes. */
export const maxJsonBytes = 128 * 1024;

const maxDepth = 12;

/** Reads bodies and queries. */
export interface RequestReader {
  /** @throws ServerError `request_malformed`; JsonError; AdministrationError `request_invalid` */
  body(bytes: Uint8Array): unknown;
  /** @throws AdministrationError `request_invalid` */
  query(parameters: unknown): unknown;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/** Text that the platform's parser reads as a moment, in RFC 3339's form. */
function isMoment(value: string): boolean {
  return rfc3339.test(value) && !Number.isNaN(Date.parse(value));
}

function createValidator(coerceTypes: boolean): Ajv2020 {
  const ajv = new Ajv2020({ coerceTypes, strict: true, allowUnionTypes: true });
  ajv.addFormat('date-time', isMoment);
  ajv.addVocabulary(['components']);
  return ajv;
}

/** A query's values are text: numbers and truth are read from it. */
const validators = { body: createValidator(false), query: createValidator(true) };

/** Makes a reader for an operation. */
export function createRequestReader({
  query = {},
  requiredQuery = [],
  body,
}: Operation): RequestReader {
  const optional = Object.keys(query).filter((name) => !requiredQuery.includes(name));
  const readQuery = compile('query', object(query, optional));
  const readBody = body?.kind === 'json' ? compile('body', body.schema) : undefined;
  return {
    query: (parameters) => readQuery({ ...(parameters as object) }),
    body: (bytes) => (readBody === undefined ? bytes : readBody(parseBody(bytes))),
  };
}

function compile(what: 'body' | 'query', schema: JsonSchema): (value: unknown) => unknown {
  const validate = validators[what].compile({ ...schema, components: { schemas: components } });
  return (value) => {
    if (validate(value)) return value;
    throw new AdministrationError('request_invalid', { message: sentence(what, validate.errors) });
  };
}

/** Such as "The body’s /rules/0/effect must be equal to one of the allowed values: allow, deny." */
function sentence(what: string, errors: readonly ErrorObject[] | null | undefined): string {
  const error = errors?.[0];
  if (error === undefined) return `The ${what} is not what this operation takes.`;
  const { instancePath, message = '', params } = error;
  const details = Object.values(params as Readonly<Record<string, unknown>>)
    .flat()
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(', ');
  const place = instancePath === '' ? `The ${what}` : `The ${what}’s ${instancePath}`;
  return `${place} ${message}${details === '' ? '' : ` (${details})`}.`.slice(0, 500);
}

function parseBody(bytes: Uint8Array): unknown {
  let content: string;
  try {
    content = fromUtf8(bytes);
  } catch (cause) {
    throw new ServerError('request_malformed', { message: 'The body is not UTF-8 text.', cause });
  }
  return parseStrictJson(content, { maxLength: maxJsonBytes, maxDepth });
}
