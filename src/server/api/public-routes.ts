/** What anyone may fetch: the key set, the browser script, the server's health. */
import type { FastifyInstance } from 'fastify';
import { serverPaths } from '../../protocol/index.ts';
import { keySetMaxAge } from '../challenges/index.ts';
import { readinessAnswer } from '../operations/index.ts';
import type { ApiContext } from './context.ts';

/** Where the browser script is served. */
const clientScriptPath = '/client/countersign.js';

/** Adds the routes. */
export function registerPublicRoutes(
  app: FastifyInstance,
  { signingKeys, readiness }: ApiContext,
  clientScript: string | undefined,
): void {
  app.get(serverPaths.jwks, async (_request, reply) => {
    const keySet = await signingKeys.published();
    return reply
      .header('cache-control', `public, max-age=${keySetMaxAge}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(keySet));
  });
  const probe = { config: { anyHost: true, rateLimit: 'none' } } as const;
  // Alive: a process manager that restarts it would not bring a lost database back.
  app.get('/healthz', probe, () => ({ status: 'ok' }));
  app.get('/readyz', probe, async (_request, reply) => {
    const { status, body } = await readinessAnswer(readiness);
    return reply.code(status).send(body);
  });
  if (clientScript !== undefined) {
    // Sign-in pages of application origins load it too.
    app.get(clientScriptPath, (_request, reply) =>
      reply
        .header('cache-control', 'public, max-age=300')
        .header('cross-origin-resource-policy', 'cross-origin')
        .type('text/javascript; charset=utf-8')
        .send(clientScript),
    );
  }
}
