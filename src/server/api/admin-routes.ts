/** The admin API: certificate authorities and CRLs. Every request carries the administrator's token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { encodePem } from '../../pki/index.ts';
import { ServerError } from '../errors.ts';
import { authorityJson, maxFileBytes } from '../trust/index.ts';
import type { ApiContext } from './context.ts';
import { registerAdminRevocationRoutes } from './admin-revocation-routes.ts';
import { createRateLimiter } from './rate-limiter.ts';

/** Path of the collection of certificate authorities. */
const authoritiesPath = '/admin/api/certificate-authorities';

/** Wrong tokens per minute and network address. */
const failuresPerMinute = 10;

/** Parameters of the paths of one authority. */
interface AuthorityPath {
  readonly Params: { readonly id: string };
}

/** Adds the routes, in a scope of their own with a parser that takes any body as bytes. */
export function registerAdminRoutes(
  app: FastifyInstance,
  context: ApiContext,
  adminToken: string,
): void {
  const { authorities, logger } = context;
  void app.register((admin, _options, done) => {
    requireToken(admin, context, adminToken);
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });

    admin.get(authoritiesPath, async () => ({
      certificateAuthorities: (await authorities.list()).map(authorityJson),
    }));
    // One byte more than a file may have, so that a larger one is told as what it is.
    admin.post(authoritiesPath, { bodyLimit: maxFileBytes + 1 }, async (request, reply) => {
      const file = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const added = await authorities.add(file);
      for (const { id, certificate } of added) {
        logger.info('certificate authority added', { id, subject: certificate.subject });
      }
      return reply.code(201).send({ certificateAuthorities: added.map(authorityJson) });
    });
    admin.get<AuthorityPath>(`${authoritiesPath}/:id`, async (request) => {
      const authority = await authorities.find(request.params.id);
      return { ...authorityJson(authority), pem: encodePem('CERTIFICATE', authority.der) };
    });
    admin.delete<AuthorityPath>(`${authoritiesPath}/:id`, async (request, reply) => {
      const { id, certificate } = await authorities.remove(request.params.id);
      logger.info('certificate authority removed', { id, subject: certificate.subject });
      return reply.code(204).send();
    });
    registerAdminRevocationRoutes(admin, context, authoritiesPath);
    done();
  });
}

/** Bearer authentication (RFC 6750 section 2.1), compared in constant time, guesses bounded. */
function requireToken(admin: FastifyInstance, { clock }: ApiContext, adminToken: string): void {
  const expected = sha256(adminToken);
  const failures = createRateLimiter(failuresPerMinute, clock);
  admin.addHook('onRequest', (request, reply, done) => {
    const seconds = failures.peek(request.ip);
    if (seconds > 0) {
      reply.header('retry-after', String(seconds));
      throw new ServerError('rate_limited');
    }
    const token = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !timingSafeEqual(sha256(token), expected)) {
      failures.take(request.ip);
      reply.header('www-authenticate', 'Bearer realm="countersign"');
      throw new ServerError('admin_token_invalid');
    }
    done();
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
