/** Set-up, sign-in and sign-out: what happens before and after a session. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, parseStrictJson, type JsonObject } from '../../../core/index.ts';
import {
  AdminError,
  type AdministratorAccess,
  type NewSession,
  type OwnAccount,
} from '../../admins/index.ts';
import { requireBody, requireOrigin } from '../../api/index.ts';
import { ServerError } from '../../errors.ts';
import { address } from '../markup/index.ts';
import { entrancePage, setUpPage } from '../pages/entrance.ts';
import { attempt, formOf, queryOf, sendHtml, type ConsoleScope } from '../scope.ts';

const bodyLimit = 16 * 1024;

/** Adds the routes. */
export function registerEntrance(app: FastifyInstance, scope: ConsoleScope): void {
  registerSetUp(app, scope);
  registerPassword(app, scope);
  registerPasskey(app, scope);
  registerFederation(app, scope);
  registerSignOut(app, scope);
  registerOwnPasskeys(app, scope);
}

function registerSetUp(app: FastifyInstance, { context }: ConsoleScope): void {
  const { access, site } = context;
  app.get('/admin/setup', async (request, reply) => {
    if (!(await access.needsSetup())) return reply.redirect(address(['sign-in']), 303);
    const token = queryOf(request).text('token');
    return sendHtml(reply, setUpPage({ name: '', token }));
  });
  app.post('/admin/setup', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const form = formOf(request);
    const [token, name] = [form.text('token'), form.text('name')];
    const { value, fault } = await attempt(() =>
      access.setUp(token, name, form.raw('password'), request.ip),
    );
    if (value === undefined) return sendHtml(reply, setUpPage({ name, token, fault }), 422);
    return enter(reply, value, address([]));
  });
}

function registerPassword(app: FastifyInstance, { context, flash }: ConsoleScope): void {
  const { access, site } = context;
  app.get('/admin/sign-in', async (request, reply) => {
    if (await access.needsSetup()) return reply.redirect(address(['setup']), 303);
    const next = nextOf(queryOf(request).text('next'));
    const message = flash.read(request.headers.cookie);
    if (message !== undefined) reply.header('set-cookie', flash.clear());
    const provider = await access.federationName();
    return sendHtml(reply, entrancePage({ name: '', next, provider }, message));
  });
  app.post('/admin/sign-in', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const form = formOf(request);
    const name = form.text('name');
    const next = nextOf(form.text('next'));
    const { value, fault } = await attempt(() =>
      access.signIn(name, form.raw('password'), request.ip),
    );
    if (value !== undefined) return enter(reply, value, next);
    const provider = await access.federationName();
    return sendHtml(reply, entrancePage({ name, next, provider, fault }), 422);
  });
}

/** Where the browser goes after a sign-in: to a page of the console, and nowhere else. */
export function nextOf(text: string): string {
  const url = URL.canParse(text, 'http://console') ? new URL(text, 'http://console') : undefined;
  const isOwn =
    url?.host === 'console' && /^\/admin\/(?!(?:api|sign-in|setup)(?:\/|$))/.test(url.pathname);
  return isOwn ? url.pathname + url.search : address([]);
}

function enter(reply: FastifyReply, { setCookie }: NewSession, next: string): FastifyReply {
  return reply.header('set-cookie', setCookie).redirect(next, 303);
}

function registerPasskey(app: FastifyInstance, { context }: ConsoleScope): void {
  const { access, site } = context;
  app.post('/admin/sign-in/passkey/begin', { bodyLimit }, (request) => {
    requireOrigin(request, site, 'own');
    return access.beginPasskey(request.ip);
  });
  app.post('/admin/sign-in/passkey/finish', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const body = readJson(request);
    const { setCookie } = await access.finishPasskey(
      textOf(body, 'ceremony'),
      responseOf(body) as Parameters<AdministratorAccess['finishPasskey']>[1],
      request.ip,
    );
    const location = nextOf(textOf(body, 'next'));
    return reply.header('set-cookie', setCookie).send({ location });
  });
}

function registerFederation(app: FastifyInstance, { context, flash }: ConsoleScope): void {
  const { access } = context;
  app.get('/admin/sign-in/openid', async (request, reply) => {
    const { value, fault } = await attempt(() => access.beginFederation(request.ip));
    if (value === undefined) return refuse(reply, fault);
    return reply.header('set-cookie', value.setCookie).redirect(value.location, 303);
  });
  app.get('/admin/oidc/callback', async (request, reply) => {
    const query = request.url.slice(request.url.indexOf('?') + 1);
    const { value, fault } = await attempt(() =>
      access.finishFederation(query, request.headers.cookie, request.ip),
    );
    return value === undefined ? refuse(reply, fault) : enter(reply, value, address([]));
  });
  const refuse = (reply: FastifyReply, text: string): FastifyReply =>
    reply
      .header('set-cookie', flash.set({ tone: 'bad', text }))
      .redirect(address(['sign-in']), 303);
}

function registerSignOut(app: FastifyInstance, { context, flash }: ConsoleScope): void {
  const { access, site } = context;
  app.post('/admin/sign-out', { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const signedIn = await access.sessionOf(request.headers.cookie);
    if (signedIn !== undefined) {
      access.requireCsrfToken(signedIn, formOf(request).text('csrf'));
      const message = { tone: 'good', text: 'You are signed out.' } as const;
      const ended = await access.signOut(signedIn, request.ip);
      reply.header('set-cookie', [ended, flash.set(message)]);
    }
    return reply.redirect(address(['sign-in']), 303);
  });
}

/** Passkeys of one's own account: the script asks, so the answers are JSON. */
function registerOwnPasskeys(app: FastifyInstance, { context }: ConsoleScope): void {
  const { access, ownAccount, site } = context;
  const requireOwner = async (request: FastifyRequest, body: JsonObject) => {
    requireOrigin(request, site, 'own');
    const signedIn = await access.sessionOf(request.headers.cookie);
    if (signedIn === undefined) throw new AdminError('sign_in_required');
    access.requireCsrfToken(signedIn, textOf(body, 'csrf'));
    return signedIn;
  };
  app.post('/admin/account/passkeys/begin', { bodyLimit }, async (request) =>
    ownAccount.beginPasskey(await requireOwner(request, readJson(request))),
  );
  app.post('/admin/account/passkeys/finish', { bodyLimit }, async (request) => {
    const body = readJson(request);
    const signedIn = await requireOwner(request, body);
    const name = textOf(body, 'name');
    const ceremony = textOf(body, 'ceremony');
    const response = responseOf(body) as Parameters<OwnAccount['finishPasskey']>[3];
    await ownAccount.finishPasskey(signedIn, ceremony, name, response, request.ip);
    return { location: address(['account']) };
  });
}

function readJson(request: FastifyRequest): JsonObject {
  const { text } = requireBody(request.body, 'json');
  const body = parseStrictJson(text, { maxLength: bodyLimit, maxDepth: 6 });
  if (isJsonObject(body)) return body;
  throw new ServerError('request_malformed', { message: 'The body must be a JSON object.' });
}

function textOf(body: JsonObject, member: string): string {
  const value = body[member];
  if (typeof value === 'string') return value;
  throw new ServerError('request_malformed', {
    message: `The body must have the text member "${member}".`,
  });
}

/** What the browser's authenticator answered; whatever it holds, the WebAuthn library reads it strictly. */
function responseOf(body: JsonObject): unknown {
  const { response } = body;
  if (isJsonObject(response)) return response;
  throw new ServerError('request_malformed', {
    message: 'The body must have the object member "response".',
  });
}
