/**
 * The console: pages under /admin/ for people, over the same use cases as the admin API. Every page
 * works without a script; the one script adds dropping files, a live log, passkeys and copying.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemMediaType } from '../../protocol/index.ts';
import { toProblem, type ApiContext } from '../api/index.ts';
import { ServerError } from '../errors.ts';
import { readAssets } from './assets.ts';
import { readForm } from './form.ts';
import { faultPage } from './pages/entrance.ts';
import { registerEntrance } from './routes/entrance-routes.ts';
import { registerRoutes } from './routes/index.ts';
import { createConsoleScope, sendHtml } from './scope.ts';

/** Pages may run the console's own script and talk to this server: nothing else. */
const pageHeaders = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  // With no-referrer, browsers would send "Origin: null" with the console's own forms.
  'referrer-policy': 'same-origin',
} as const;

/** Adds the console's routes. */
export function registerConsole(app: FastifyInstance, context: ApiContext): void {
  void app.register((console, _options, done) => {
    console.addHook('onRequest', (_request, reply, next) => {
      reply.headers(pageHeaders);
      next();
    });
    console.addContentTypeParser<Buffer>(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer' },
      (_request, bytes, parsed) => {
        try {
          parsed(null, readForm(bytes));
        } catch (error) {
          parsed(error as Error);
        }
      },
    );
    console.setErrorHandler((error, request, reply) => answerError(context, error, request, reply));
    registerAssets(console);
    const scope = createConsoleScope(console, context);
    registerEntrance(console, scope);
    registerRoutes(scope);
    console.get('/admin/*', (request, reply) => {
      // What the admin API does not have is answered as the API does.
      if (request.url.startsWith('/admin/api/')) reply.callNotFound();
      else throw new ServerError('route_not_found');
    });
    done();
  });
}

function registerAssets(console: FastifyInstance): void {
  const assets = readAssets(new URL('./assets/', import.meta.url));
  console.get('/admin', (_request, reply) => reply.redirect('/admin/', 301));
  console.get<{ Params: { file: string } }>('/admin/assets/:file', (request, reply) => {
    const asset = assets.get(request.params.file);
    if (asset === undefined) throw new ServerError('route_not_found');
    return reply
      .header('cache-control', 'no-cache')
      .header('etag', asset.etag)
      .type(asset.mediaType)
      .code(request.headers['if-none-match'] === asset.etag ? 304 : 200)
      .send(request.headers['if-none-match'] === asset.etag ? '' : asset.content);
  });
}

/** The script gets a problem, a person a page. */
function answerError(
  { logger }: ApiContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  const fields = { method: request.method, route: request.routeOptions.url, code: problem.code };
  if (problem.status < 500) logger.debug('request refused', fields);
  else logger.error('request failed', { ...fields, error: String(error) });
  if (request.headers['content-type']?.startsWith('application/json') === true) {
    return reply.code(problem.status).type(problemMediaType).send(JSON.stringify(problem));
  }
  return sendHtml(reply, faultPage(titleOf(problem.status), problem.detail), problem.status);
}

function titleOf(status: number): string {
  if (status >= 500) return 'The server failed';
  return status === 404 ? 'Not found' : 'That did not work';
}
