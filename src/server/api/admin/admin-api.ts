/** The admin API: routes made of one table of operations, which its OpenAPI document is made of too. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AdminError } from '../../admins/index.ts';
import { ServerError } from '../../errors.ts';
import type { ApiContext } from '../context.ts';
import { authenticate, type Asker } from './authentication.ts';
import { alarmOperations, deviceOperations } from './device-operations.ts';
import { apiPath, describeApi } from './openapi.ts';
import type { Operation, OperationRequest, StreamedAnswer } from './operation.ts';
import { applicationOperations, policyOperations } from './policy-operations.ts';
import { serverOperations } from './server-operations.ts';
import { sessionOperations } from './session-operations.ts';
import { signInOperations } from './sign-in-operations.ts';
import { trustOperations } from './trust-operations.ts';
import { createRequestReader, maxJsonBytes } from './validation.ts';

/** Every operation, in the order of the document. */
function adminOperations(context: ApiContext): readonly Operation[] {
  return [
    ...sessionOperations(context),
    ...signInOperations,
    ...trustOperations,
    ...policyOperations,
    ...applicationOperations,
    ...deviceOperations,
    ...alarmOperations,
    ...serverOperations,
  ];
}

/** Adds the routes, in a scope of their own in which any body is bytes. */
export function registerAdminApi(app: FastifyInstance, context: ApiContext): void {
  const operations = adminOperations(context);
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    for (const one of operations) registerOperation(scope, one, context);
    scope.get(`${apiPath}/openapi.json`, (_request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(describeApi(operations, context.site.issuer()))),
    );
    done();
  });
}

/** What the check before the body finds out. */
const askers = new WeakMap<FastifyRequest, Asker>();

function registerOperation(scope: FastifyInstance, one: Operation, context: ApiContext): void {
  const reader = createRequestReader(one);
  scope.route({
    method: one.method,
    url: apiPath + one.path.replace(/\{(\w+)\}/g, ':$1'),
    // One byte more than a file may have, so that a larger one is told as what it is.
    bodyLimit: one.body?.kind === 'file' ? one.body.maxBytes + 1 : maxJsonBytes,
    // Before the body is read: who may not has nothing read of theirs.
    onRequest: async (request, reply) => {
      try {
        askers.set(request, await authenticate(request, one.role, context));
      } catch (error) {
        throw withHeaders(error, request, reply, context);
      }
    },
    handler: async (request, reply) => {
      try {
        const asked = toOperationRequest(request, reply, reader, context);
        return await answer(reply, one, await one.handle(asked));
      } catch (error) {
        throw withHeaders(error, request, reply, context);
      }
    },
  });
}

function toOperationRequest(
  request: FastifyRequest,
  reply: FastifyReply,
  reader: ReturnType<typeof createRequestReader>,
  { administrations }: ApiContext,
): OperationRequest<unknown, unknown> {
  const { actor, signedIn } = askers.get(request) ?? {};
  return {
    ...{ actor, signedIn, address: request.ip },
    get administration() {
      if (actor === undefined) throw new AdminError('sign_in_required');
      return administrations.as(actor);
    },
    query: reader.query(request.query),
    body: reader.body(request.body instanceof Uint8Array ? request.body : new Uint8Array()),
    params: request.params as Readonly<Record<string, string>>,
    setCookie: (header) => void reply.header('set-cookie', header),
  };
}

function answer(
  reply: FastifyReply,
  { answer: { status, schema, streams } }: Operation,
  result: unknown,
) {
  reply.code(status);
  if (streams !== undefined) {
    const { mediaType, fileName, lines } = result as StreamedAnswer;
    return reply
      .type(mediaType)
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .send(Readable.from(lines));
  }
  if (schema === undefined) return reply.send();
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(result));
}

/** What a refusal says in headers: how to authenticate, and when to come again. */
function withHeaders(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { failures }: ApiContext,
): unknown {
  const isAnonymous =
    (error instanceof ServerError && error.code === 'admin_token_invalid') ||
    (error instanceof AdminError && error.code === 'sign_in_required');
  if (isAnonymous) reply.header('www-authenticate', 'Bearer realm="countersign"');
  if (error instanceof ServerError && error.code === 'rate_limited') {
    reply.header('retry-after', String(Math.max(1, failures.peek(request.ip))));
  }
  return error;
}
