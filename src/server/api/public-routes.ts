/** What anyone may fetch: the key set, the browser script, the server's health. */
import type { FastifyInstance } from 'fastify';
import { serverPaths } from '../../protocol/index.ts';
import { keySetMaxAge } from '../challenges/index.ts';
import type { ApiContext } from './context.ts';

/** Where the browser script is served. */
const clientScriptPath = '/client/countersign.js';

/** Adds the routes. */
export function registerPublicRoutes(
  app: FastifyInstance,
  { signingKeys, storage }: ApiContext,
  clientScript: string | undefined,
): void {
  app.get(serverPaths.jwks, async (_request, reply) => {
    const keySet = await signingKeys.published();
    return reply
      .header('cache-control', `public, max-age=${keySetMaxAge}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(keySet));
  });
  app.get('/healthz', { config: { anyHost: true, rateLimit: 'none' } }, async () => {
    await storage.ping();
    return { status: 'ok' };
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
