/** The sign-in page's interface: start, watch and cancel a transaction. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serverPaths } from '../../protocol/index.ts';
import { hashSessionToken, makeSessionToken } from '../sessions/index.ts';
import type { ApiContext } from './context.ts';
import { registerPreflight, requireOrigin } from './origin-check.ts';

const bodyLimit = 1024;
const onePath = `${serverPaths.transactions}/:transaction`;

/** Parameters of the paths of one transaction. */
interface TransactionPath {
  readonly Params: { readonly transaction: string };
}

/** Adds the routes. */
export function registerTransactionRoutes(app: FastifyInstance, context: ApiContext): void {
  const { site, transactions, flowCookie } = context;
  const sessionOf = (request: FastifyRequest): string | undefined =>
    hashSessionToken(readPollToken(request) ?? flowCookie.read(request.headers.cookie));

  registerPreflight(app, context, serverPaths.challenges, 'POST');
  app.post(
    serverPaths.challenges,
    { bodyLimit, config: { crossOrigin: true, rateLimit: 'challenges' } },
    async (request, reply) => {
      const origin = requireOrigin(request, site, 'applications');
      const known = flowCookie.read(request.headers.cookie);
      const knownHash = hashSessionToken(known);
      if (knownHash !== undefined) return transactions.resume(knownHash, origin);
      const token = makeSessionToken(context.random);
      const started = await transactions.start(hashSessionToken(token) ?? '', origin);
      reply.header('set-cookie', flowCookie.set(token));
      return started;
    },
  );

  registerPreflight(app, context, onePath, 'GET, DELETE', 'content-type, authorization');
  app.get<TransactionPath>(onePath, { config: { crossOrigin: true } }, (request) =>
    transactions.status(request.params.transaction, sessionOf(request)),
  );
  app.delete<TransactionPath>(
    onePath,
    { bodyLimit, config: { crossOrigin: true } },
    async (request, reply) => {
      // A token is sent by nobody but who holds it; a cookie is sent along by any page.
      if (readPollToken(request) === undefined) requireOrigin(request, site, 'applications');
      await transactions.cancel(request.params.transaction, sessionOf(request));
      return reply.code(204).send();
    },
  );
}

/** What an application's page watches its transaction with (RFC 6750 section 2.1). */
function readPollToken({ headers }: FastifyRequest): string | undefined {
  return /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? '')?.[1];
}
