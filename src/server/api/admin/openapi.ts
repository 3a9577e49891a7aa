/** The admin API's description: OpenAPI 3.1, made of the definitions that the routes are made of. */
import { STATUS_CODES } from 'node:http';
import { problemMediaType } from '../../../protocol/index.ts';
import { csrfHeader } from './authentication.ts';
import { components } from './components.ts';
import { ref } from './json-schema.ts';
import type { Operation } from './operation.ts';

/** Path of the API. */
export const apiPath = '/admin/api';

/**
 * Makes the document.
 *
 * @param server - the issuer URL
 */
export function describeApi(operations: readonly Operation[], server: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const one of operations) {
    const path = (paths[one.path] ??= {});
    path[one.method.toLowerCase()] = describeOperation(one);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign admin API',
      version: '1',
      description:
        'Everything that an administrator sees and changes. The console uses the same functions.',
    },
    servers: [{ url: server + apiPath }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: '__Host-countersign-admin' },
          description: `A signed-in browser; what changes something carries ${csrfHeader} and Origin too.`,
        },
      },
    },
  };
}

const securities = {
  anyone: [],
  auditor: [{ token: [] }, { session: [] }],
  admin: [{ token: [] }, { session: [] }],
  session: [{ session: [] }],
} as const;

function describeOperation(one: Operation) {
  const { id, tag, summary, role, body } = one;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(role === 'admin' ? { description: 'Needs the role admin.' } : {}),
    security: securities[role],
    parameters: [...pathParameters(one), ...queryParameters(one)],
    ...(body === undefined ? {} : { requestBody: describeBody(body) }),
    responses: {
      [one.answer.status]: describeAnswer(one),
      ...Object.fromEntries(refusalsOf(one).map((status) => [status, describeRefusal(status)])),
    },
  };
}

function pathParameters({ path }: Operation) {
  return Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
}

function queryParameters({ query = {}, requiredQuery = [] }: Operation) {
  return Object.entries(query).map(([name, schema]) => ({
    ...{ name, in: 'query', required: requiredQuery.includes(name), schema },
  }));
}

function describeBody(body: NonNullable<Operation['body']>) {
  if (body.kind === 'json') {
    return { required: true, content: { 'application/json': { schema: body.schema } } };
  }
  const { description, maxBytes } = body;
  return {
    description: `${description} At most ${maxBytes} bytes.`,
    required: true,
    content: { 'application/octet-stream': {} },
  };
}

function describeAnswer({ answer: { description, schema, streams } }: Operation) {
  if (streams !== undefined) {
    const content = streams.map((type) => [type.replace(/;.*/, ''), {}]);
    return { description, content: Object.fromEntries(content) as object };
  }
  if (schema === undefined) return { description };
  return { description, content: { 'application/json': { schema } } };
}

/** Statuses of every refusal: those of the operation, and those that follow from what it is. */
export function refusalsOf({ role, query, body, refusals = [], method }: Operation): number[] {
  const takesInput = query !== undefined || body !== undefined;
  const statuses = [
    ...refusals,
    ...(takesInput ? [400] : []),
    ...(body === undefined ? [] : [413]),
    ...(role === 'anyone' ? [] : [401]),
    ...(role === 'anyone' && method === 'GET' ? [] : [403]),
    ...[429, 500, 503],
  ];
  return [...new Set(statuses)].sort((a, b) => a - b);
}

function describeRefusal(status: number) {
  return {
    description: STATUS_CODES[status] ?? 'Refused.',
    content: { [problemMediaType]: { schema: ref('Problem') } },
  };
}
