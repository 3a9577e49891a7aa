/**
 * How the console answers: a page for each GET, and for each POST a page again (where something is
 * wrong) or a redirect with a message. Who is not signed in meets the entrance; every form carries
 * its session's token and comes from the console's own pages.
 */
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  onRequestAsyncHookHandler,
} from 'fastify';
import { actorOf, AdministrationError, type Administration } from '../administration/index.ts';
import { isRecentSignIn, type SignedIn } from '../admins/index.ts';
import { requireOrigin, toProblem, type ApiContext } from '../api/index.ts';
import { Fields } from './form.ts';
import { createFlashCookie, type FlashCookie } from './flash.ts';
import { address, renderPage, type ConsolePage, type Flash, type Viewer } from './markup/index.ts';
import type { Html } from '../html/index.ts';

/** What a handler is given. */
export interface ConsoleRequest {
  /** The use cases, in the name of who is signed in. */
  readonly administration: Administration;
  readonly signedIn: SignedIn;
  readonly viewer: Viewer;
  readonly now: Date;
  /** Network address of the browser. */
  readonly address: string;
  readonly query: Fields;
  readonly form: Fields;
  /** A part of the path, by its name in the route. */
  readonly param: (name: string) => string;
}

/** What a handler answers. */
export type Answer =
  | { readonly page: ConsolePage; readonly status: number }
  | { readonly location: string; readonly flash?: Flash | undefined };

/** Answers with a page; 422 where something that was given is wrong. */
export function show(page: ConsolePage, fault?: string): Answer {
  return { page, status: fault === undefined ? 200 : 422 };
}

/** Answers with a redirect to a page of the console, where a message is shown. */
export function goTo(path: readonly string[], text?: string): Answer {
  const flash = text === undefined ? undefined : ({ tone: 'good', text } as const);
  return { location: address(path), flash };
}

/** What a use case gave, or the sentence that it was refused with. */
export type Attempt<Value> =
  | { readonly value: Value; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string };

/** Tries a use case; failures that are the server's own are thrown on. */
export async function attempt<Value>(work: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    const { status, detail } = toProblem(error);
    if (status >= 500) throw error;
    return { fault: detail };
  }
}

/** Answers a request of somebody who is signed in. */
export type Handler = (request: ConsoleRequest) => Promise<Answer>;

/** Adds routes to the console. */
export interface ConsoleScope {
  readonly context: ApiContext;
  readonly flash: FlashCookie;
  /** A page. @param path - below /admin, beginning with a slash */
  readonly page: (path: string, handler: Handler) => void;
  /** A page whose form only administrators may send: others are told so before they fill it in. */
  readonly adminPage: (path: string, handler: Handler) => void;
  /** What a form asks for; with the role admin, unless told otherwise. */
  readonly action: (path: string, handler: Handler, options?: ActionOptions) => void;
}

/** What is different about an action. */
export interface ActionOptions {
  /** Largest body, in bytes. */
  readonly bodyLimit?: number;
  /** True for what changes nothing, or only one's own account. */
  readonly forAuditors?: boolean;
}

/** Largest form that carries no files, in bytes. */
const formLimit = 512 * 1024;

/** Makes the scope of a Fastify instance whose routes are the console's alone. */
export function createConsoleScope(app: FastifyInstance, context: ApiContext): ConsoleScope {
  const flash = createFlashCookie(context.site.secure);
  const sessions = new WeakMap<FastifyRequest, SignedIn>();

  /** Runs before a body is read: who is not signed in cannot send a large one. */
  const requireSession = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const signedIn = await context.access.sessionOf(request.headers.cookie);
    if (signedIn !== undefined) {
      sessions.set(request, signedIn);
      return undefined;
    }
    if (await context.access.needsSetup()) return reply.redirect(address(['setup']), 303);
    const next = request.method === 'GET' ? request.url : '';
    return reply.redirect(address(['sign-in'], { next }), 303);
  };

  /** The use cases check the role too; here before a body is read or anything looked up. */
  const requireAdmin = (request: FastifyRequest): Promise<void> =>
    sessions.get(request)?.administrator.role === 'admin'
      ? Promise.resolve()
      : Promise.reject(new AdministrationError('role_required'));

  const respond = async (
    request: FastifyRequest,
    reply: FastifyReply,
    handler: Handler,
    form: Fields,
  ): Promise<FastifyReply> => {
    const signedIn = sessions.get(request);
    if (signedIn === undefined) throw new Error('a request without its session');
    if (request.method === 'POST') {
      requireOrigin(request, context.site, 'own');
      context.access.requireCsrfToken(signedIn, form.text('csrf'));
    }
    const made = makeRequest(context, request, signedIn, form);
    return send(request, reply, flash, made.viewer, await handler(made));
  };

  const get = (path: string, onRequest: onRequestAsyncHookHandler[], handler: Handler): void => {
    app.get(`/admin${path}`, { onRequest }, (request, reply) =>
      respond(request, reply, handler, new Fields(new URLSearchParams())),
    );
  };

  return {
    context,
    flash,
    page(path, handler) {
      get(path, [requireSession], handler);
    },
    adminPage(path, handler) {
      get(path, [requireSession, requireAdmin], handler);
    },
    action(path, handler, { bodyLimit = formLimit, forAuditors = false } = {}) {
      const onRequest = forAuditors ? [requireSession] : [requireSession, requireAdmin];
      app.post(`/admin${path}`, { onRequest, bodyLimit }, (request, reply) =>
        respond(request, reply, handler, formOf(request)),
      );
    },
  };
}

/** The form of a request; an empty one where its body was none. */
export function formOf(request: FastifyRequest): Fields {
  return request.body instanceof Fields ? request.body : new Fields(new URLSearchParams());
}

/** The parameters of a request's address. */
export function queryOf(request: FastifyRequest): Fields {
  const start = request.url.indexOf('?');
  return new Fields(new URLSearchParams(start < 0 ? '' : request.url.slice(start + 1)));
}

/** Answers with a document. */
export function sendHtml(reply: FastifyReply, document: Html, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(document.toString());
}

function makeRequest(
  { administrations, clock }: ApiContext,
  request: FastifyRequest,
  signedIn: SignedIn,
  form: Fields,
): ConsoleRequest {
  const { administrator, csrfToken } = signedIn;
  const params = request.params as Readonly<Record<string, string | undefined>>;
  const now = clock.now();
  const recent = isRecentSignIn(signedIn.signedInAt, now);
  return {
    administration: administrations.as(actorOf(signedIn, 'console', request.ip)),
    signedIn,
    viewer: { name: administrator.name, role: administrator.role, csrfToken, recent },
    now,
    address: request.ip,
    query: queryOf(request),
    form,
    param: (name) => params[name] ?? '',
  };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: FlashCookie,
  viewer: Viewer,
  answer: Answer,
): FastifyReply {
  if ('location' in answer) {
    if (answer.flash !== undefined) reply.header('set-cookie', cookie.set(answer.flash));
    return reply.redirect(answer.location, 303);
  }
  const flash = cookie.read(request.headers.cookie);
  if (flash !== undefined) reply.header('set-cookie', cookie.clear());
  return sendHtml(reply, renderPage(answer.page, viewer, flash), answer.status);
}
