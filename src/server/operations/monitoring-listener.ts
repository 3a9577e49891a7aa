/**
 * A listener of its own for monitoring: GET /metrics, /readyz and /healthz. It is apart from the one
 * that browsers reach, so that what it tells can be kept within the network by its address alone.
 */
import { createServer, type ServerResponse } from 'node:http';
import { describeError, type Logger } from '../../core/index.ts';
import { ServerError } from '../errors.ts';
import type { Metrics } from './metrics.ts';
import { readinessAnswer, type Readiness } from './readiness.ts';

/** What {@link startMonitoring} needs. */
export interface MonitoringContext {
  readonly listen: { readonly host: string; readonly port: number };
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly logger: Logger;
}

const maxHeaderBytes = 8 * 1024;
const timeout = 10_000;

/**
 * Starts to listen.
 *
 * @returns the port that was taken, and how to stop
 * @throws ServerError `listen_failed`
 */
export async function startMonitoring(context: MonitoringContext) {
  const { listen } = context;
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: timeout,
    requestTimeout: timeout,
  };
  const server = createServer(limits, (request, response) => {
    const path = request.url?.replace(/\?.*$/s, '');
    const known = request.method === 'GET' || request.method === 'HEAD' ? path : undefined;
    answer(known, response, context).catch((error: unknown) => {
      context.logger.warn('monitoring failed', { error: describeError(error) });
      send(response, 503, 'text/plain; charset=utf-8', 'The server failed; its log says more.\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `The server cannot listen for monitoring at ${listen.host} port ${listen.port}: ${cause.code ?? cause.message}.`;
      reject(new ServerError('listen_failed', { message, cause }));
    });
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  path: string | undefined,
  response: ServerResponse,
  { metrics, readiness }: MonitoringContext,
): Promise<void> {
  if (path === '/metrics') {
    const { text, mediaType } = await metrics.read();
    send(response, 200, mediaType, text);
  } else if (path === '/readyz') {
    const { status, body } = await readinessAnswer(readiness);
    send(response, status, 'application/json', JSON.stringify(body));
  } else if (path === '/healthz') {
    send(response, 200, 'application/json', JSON.stringify({ status: 'ok' }));
  } else {
    send(response, 404, 'text/plain; charset=utf-8', 'Here are /metrics, /readyz and /healthz.\n');
  }
}

function send(response: ServerResponse, status: number, mediaType: string, text: string): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': mediaType, 'cache-control': 'no-store' });
  response.end(text);
}
