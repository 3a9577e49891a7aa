/** What every request meets before its route: headers for browsers, the Host check, rate limits. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../core/index.ts';
import { ServerError } from '../errors.ts';
import type { ServerLimits } from '../options.ts';
import type { Site } from './context.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { securityHeaders } from './security-headers.ts';

/** Installs the guards. */
export function registerGuards(
  app: FastifyInstance,
  site: Site,
  limits: ServerLimits,
  clock: Clock,
): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(site.secure ? { ...securityHeaders, ...strictTransport } : securityHeaders);
    done();
  });
  app.addHook('onRequest', (request, _reply, done) => {
    checkHost(request, site);
    done();
  });
  const limiters = {
    challenges: createRateLimiter(limits.challengesPerMinute, clock),
    proofs: createRateLimiter(limits.proofsPerMinute, clock),
    requests: createRateLimiter(limits.requestsPerMinute, clock),
  };
  app.addHook('onRequest', (request, reply, done) => {
    const kind = request.routeOptions.config.rateLimit ?? 'requests';
    const seconds = kind === 'none' ? 0 : limiters[kind].take(request.ip);
    if (seconds > 0) {
      reply.header('retry-after', String(seconds));
      throw new ServerError('rate_limited');
    }
    done();
  });
}

const strictTransport = { 'strict-transport-security': 'max-age=31536000' } as const;

/** A foreign name that resolves to this server (DNS rebinding) gets nothing from it. */
function checkHost(request: FastifyRequest, site: Site): void {
  if (request.routeOptions.config.anyHost === true) return;
  if (request.host.toLowerCase() !== new URL(site.issuer()).host) {
    throw new ServerError('host_not_allowed', {
      message: `The request names another host than this server’s; open it at ${site.issuer()}.`,
    });
  }
}
