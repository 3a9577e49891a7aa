/** Which web pages may ask what: the Origin header (RFC 6454 section 7) and CORS answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../errors.ts';
import type { Site } from './context.ts';

/**
 * The origin of the page that makes a state-changing request. Browsers send it with each of those;
 * a request without it, or from a page nobody allowed, is refused (cross-site request forgery).
 *
 * @param sites - whether pages of the application origins may ask, or the server's own alone
 * @throws ServerError `origin_not_allowed`
 */
export function requireOrigin(
  request: FastifyRequest,
  site: Site,
  sites: 'own' | 'applications',
): string {
  const { origin } = request.headers;
  if (origin !== undefined) {
    if (origin === site.issuer()) return origin;
    if (sites === 'applications' && site.applicationOrigins.has(origin)) return origin;
  }
  throw new ServerError('origin_not_allowed');
}

/** Lets pages of the application origins, and no others, read the answers of `crossOrigin` routes. */
export function registerCors(app: FastifyInstance, site: Site): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.crossOrigin === true) allowOrigin(request, reply, site);
    done();
  });
}

/** Answers the preflight requests of a route. */
export function registerPreflight(
  app: FastifyInstance,
  site: Site,
  path: string,
  methods: string,
): void {
  app.options(path, { config: { crossOrigin: true } }, async (request, reply) => {
    if (!isAllowed(request, site)) throw new ServerError('origin_not_allowed');
    return reply
      .header('access-control-allow-methods', methods)
      .header('access-control-allow-headers', 'content-type')
      .header('access-control-max-age', '600')
      .code(204)
      .send();
  });
}

function isAllowed(request: FastifyRequest, site: Site): boolean {
  return site.applicationOrigins.has(request.headers.origin ?? '');
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply, site: Site): void {
  reply.header('vary', 'Origin');
  if (!isAllowed(request, site)) return;
  reply
    .header('access-control-allow-origin', request.headers.origin)
    .header('access-control-allow-credentials', 'true')
    .header('cross-origin-resource-policy', 'cross-origin');
}
