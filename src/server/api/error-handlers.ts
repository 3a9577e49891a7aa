/** How every failure is answered: problem+json, also for what never reaches a route. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describeError, type Logger } from '../../core/index.ts';
import { problemMediaType, type Problem } from '../../protocol/index.ts';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import { toProblem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers a request with the problem that an error is told as. */
function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = toProblem(error);
  return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(problem));
}

/** Installs the handlers of thrown errors and of requests without a route. */
export function registerErrorHandlers(app: FastifyInstance, logger: Logger): void {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+')}$`);
    const route = routes.get(url) ?? { pattern, methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  app.setErrorHandler((error, request, reply) => {
    logError(logger, error, request, toProblem(error));
    return sendProblem(reply, error);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.replace(/\?.*$/s, '');
    const allowed = [...routes.values()].flatMap(({ pattern, methods }) =>
      pattern.test(path) ? [...methods] : [],
    );
    if (allowed.length === 0) return sendProblem(reply, new ServerError('route_not_found'));
    reply.header('allow', [...new Set(allowed)].join(', '));
    return sendProblem(reply, new ServerError('method_not_allowed'));
  });
}

/** For Fastify's `frameworkErrors`: addresses that cannot be read. */
export function handleFrameworkError(
  error: unknown,
  _request: FastifyRequest,
  reply: FastifyReply,
): void {
  // Hooks do not run for these.
  void sendProblem(reply.headers(securityHeaders), error);
}

const connectionErrors: ReadonlyMap<string | undefined, ServerErrorCode> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
  ['HPE_HEADER_OVERFLOW', 'header_too_large'],
]);

/** How long a client may take to read that it is ended, and to end its own side, in milliseconds. */
const lingerTime = 2000;

/** For Node's `clientError`: what is not HTTP, or comes too slowly, is answered on the bare socket. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(
    new ServerError(connectionErrors.get(error.code) ?? 'request_malformed'),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}\r\n` +
      `Content-Type: ${problemMediaType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
  // The client may keep its side open, or never finish its TLS handshake: then nothing can be sent.
  const ending = setTimeout(() => socket.destroy(), lingerTime);
  socket.once('close', () => {
    clearTimeout(ending);
  });
}

function logError(logger: Logger, error: unknown, request: FastifyRequest, problem: Problem): void {
  const fields = { method: request.method, route: request.routeOptions.url, code: problem.code };
  if (problem.status < 500) {
    logger.debug('request refused', fields);
    return;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  logger.error('request failed', {
    ...fields,
    error: describeError(error),
    cause: cause === undefined ? undefined : describeError(cause),
  });
}
