/**
 * The demonstration application: what an application's own server does around the browser script.
 *
 *   GET  /demo/          the sign-in page; other files of page/ beside it
 *   POST /demo/session   {"transaction": "…"} of a managed verdict of this browser -> 201
 *                        {"location": "/demo/account"} and a session cookie; once per transaction
 *   GET  /demo/account   the page behind the sign-in; without a session, back to /demo/
 *   POST /demo/sign-out  ends the session, back to /demo/
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, parseStrictJson } from '../../core/index.ts';
import { requireBody, requireOrigin, type ApiContext } from '../api/index.ts';
import { ServerError } from '../errors.ts';
import {
  hashSessionToken,
  makeSessionToken,
  sessionCookie,
  type SessionCookie,
} from '../sessions/index.ts';
import { readPageFiles, signInPageHeaders } from '../sign-in-page/index.ts';
import type { Session } from '../storage/index.ts';
import { renderAccountPage } from './account-page.ts';

const sessionLifetime = 3_600_000;
const bodyLimit = 1024;

/** Adds the demonstration's routes. */
export function registerDemo(
  app: FastifyInstance,
  context: ApiContext,
  loopbackPorts: readonly number[],
): void {
  const cookie = sessionCookie('countersign-demo', context.site.secure);
  void app.register((demo, _options, done) => {
    demo.addHook('onRequest', (_request, reply, next) => {
      reply.headers(signInPageHeaders(loopbackPorts));
      next();
    });
    // A form without fields has an empty body of this type.
    demo.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer', bodyLimit },
      (_request, _body, parsed) => {
        parsed(null);
      },
    );
    registerPages(demo);
    registerSession(demo, context, cookie);
    registerAccount(demo, context, cookie);
    done();
  });
}

function registerPages(demo: FastifyInstance): void {
  const files = readPageFiles(new URL('./page/', import.meta.url));
  const sendFile = (name: string, reply: FastifyReply): FastifyReply => {
    const file = files.get(name);
    if (file === undefined) throw new ServerError('route_not_found');
    return reply.type(file.mediaType).send(file.content);
  };
  demo.get('/', (_request, reply) => reply.redirect('/demo/', 302));
  demo.get('/demo', (_request, reply) => reply.redirect('/demo/', 301));
  demo.get('/demo/', (_request, reply) => sendFile('index.html', reply));
  demo.get<{ Params: { file: string } }>('/demo/:file', (request, reply) =>
    sendFile(request.params.file, reply),
  );
}

function registerSession(demo: FastifyInstance, context: ApiContext, cookie: SessionCookie): void {
  const { site, storage, transactions, flowCookie, clock, random } = context;
  demo.post('/demo/session', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const browser = hashSessionToken(flowCookie.read(request.headers.cookie));
    const status = await transactions.status(readTransaction(request), browser);
    if (status.status !== 'managed') throw new ServerError('transaction_unknown');
    const token = makeSessionToken(random);
    const now = clock.now();
    const opened = await storage.sessions.add({
      id: hashSessionToken(token) ?? '',
      transaction: status.transaction,
      createdAt: now,
      expiresAt: new Date(now.getTime() + sessionLifetime),
    });
    // A verdict lets a person in once: a later request with it is a replay.
    if (!opened) throw new ServerError('transaction_answered');
    return reply
      .header('set-cookie', cookie.set(token))
      .code(201)
      .send({ location: '/demo/account' });
  });
}

function registerAccount(demo: FastifyInstance, context: ApiContext, cookie: SessionCookie): void {
  const { site, storage, clock } = context;
  const findSession = async (request: FastifyRequest): Promise<Session | undefined> => {
    const id = hashSessionToken(cookie.read(request.headers.cookie));
    return id === undefined ? undefined : storage.sessions.find(id, clock.now());
  };
  demo.get('/demo/account', async (request, reply) => {
    const session = await findSession(request);
    const signIn = session && (await storage.signIns.find(session.transaction));
    if (signIn === undefined) return reply.redirect('/demo/', 303);
    return reply.type('text/html; charset=utf-8').send(renderAccountPage(signIn.result).toString());
  });
  demo.post('/demo/sign-out', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const session = await findSession(request);
    if (session !== undefined) await storage.sessions.end(session.id, clock.now());
    return reply.header('set-cookie', cookie.clear()).redirect('/demo/', 303);
  });
}

function readTransaction(request: FastifyRequest): string {
  const { text } = requireBody(request.body, 'json');
  const body = parseStrictJson(text, { maxLength: bodyLimit, maxDepth: 2 });
  const transaction = isJsonObject(body) ? body['transaction'] : undefined;
  if (typeof transaction === 'string') return transaction;
  throw new ServerError('request_malformed', {
    message: 'The body must be a JSON object with the member "transaction".',
  });
}
