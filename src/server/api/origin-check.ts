/** Which web pages may ask what: the Origin header (RFC 6454 section 7) and CORS answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../errors.ts';
import type { ApiContext, Site } from './context.ts';

/**
 * The origin of the page that makes a state-changing request. Browsers send it with each of those;
 * a request without it, or from a page nobody allowed, is refused (cross-site request forgery).
 *
 * @param sites - whether pages of the application origins may ask, or the server's own alone. Those of
 *   registered applications are not among them: they have a token of their own for each sign-in.
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

/** Which origins may read answers: those of the settings, and those of registered applications. */
export type CrossOriginContext = Pick<ApiContext, 'site' | 'applications'>;

/**
 * Lets pages of the application origins and of registered applications, and no others, read the
 * answers of `crossOrigin` routes.
 */
export function registerCors(app: FastifyInstance, context: CrossOriginContext): void {
  app.addHook('onRequest', async (request, reply) => {
    const { crossOrigin } = request.routeOptions.config;
    if (crossOrigin === true) await allowOrigin(request, reply, context);
  });
}

/** Answers the preflight requests of a route. */
export function registerPreflight(
  app: FastifyInstance,
  context: CrossOriginContext,
  path: string,
  methods: string,
  headers = 'content-type',
): void {
  app.options(path, { config: { crossOrigin: true } }, async (request, reply) => {
    if (!(await isAllowed(request, context))) throw new ServerError('origin_not_allowed');
    return reply
      .header('access-control-allow-methods', methods)
      .header('access-control-allow-headers', headers)
      .header('access-control-max-age', '600')
      .code(204)
      .send();
  });
}

async function isAllowed(
  { headers: { origin } }: FastifyRequest,
  { site, applications }: CrossOriginContext,
): Promise<boolean> {
  if (origin === undefined) return false;
  return site.applicationOrigins.has(origin) || applications.isOrigin(origin);
}

async function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  context: CrossOriginContext,
): Promise<void> {
  reply.header('vary', 'Origin');
  if (!(await isAllowed(request, context))) return;
  reply
    .header('access-control-allow-origin', request.headers.origin)
    .header('access-control-allow-credentials', 'true')
    .header('cross-origin-resource-policy', 'cross-origin');
}
