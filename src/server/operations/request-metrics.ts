import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';

/** Measures every answered request, by its route's pattern. */
export function registerRequestMetrics(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.noteRequest(route, request.method, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}
