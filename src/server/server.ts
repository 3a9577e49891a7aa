/** The authentication server: composes storage, services and routes into one thing that listens. */
import { Server as HttpsServer } from 'node:https';
import { randomUuid } from '../core/index.ts';
import { createApp } from './create-app.ts';
import { createContext } from './create-context.ts';
import { ServerError } from './errors.ts';
import {
  checkTls,
  createMetrics,
  measureStorage,
  minTlsVersion,
  readGauges,
  registerRequestMetrics,
  startMonitoring,
  type Metrics,
} from './operations/index.ts';
import {
  resolveOptions,
  type ResolvedOptions,
  type ServerOptions,
  type TlsFiles,
} from './options.ts';
import { createSiteAddress } from './site-address.ts';
import { startSweeper } from './sweeper.ts';

/** An authentication server. */
export interface CountersignServer {
  /**
   * Starts to listen.
   *
   * @returns the issuer URL, and the port that was taken
   * @throws ServerError `listen_failed`
   */
  listen(): Promise<{ readonly issuer: string; readonly port: number }>;
  /** The port that monitoring is answered at; undefined where it is off, or before {@link listen}. */
  monitoringPort(): number | undefined;
  /**
   * Speaks TLS with another certificate from the next connection on.
   *
   * @throws ServerError `tls_invalid`, with the old one kept
   */
  renewTls(files: TlsFiles): void;
  /** Stops listening, and lets requests under way finish within their bound. The storage stays open. */
  close(): Promise<void>;
}

/**
 * Makes a server. The storage stays the caller's to close, after {@link CountersignServer.close}.
 *
 * @throws ServerError where the options do not belong together
 */
export function createServer(options: ServerOptions): CountersignServer {
  const metrics = options.monitoring === undefined ? undefined : createMetrics();
  const resolved = withMetrics(resolveOptions(options), metrics);
  const address = createSiteAddress(resolved);
  const context = createContext(resolved, address.site);
  const app = createApp(resolved, context);
  let tlsExpiry = resolved.tls && checkTls(resolved.tls);
  let monitoring: Awaited<ReturnType<typeof startMonitoring>> | undefined;
  const holder = randomUuid(resolved.random);
  let stopSweeper: (() => Promise<void>) | undefined;
  let stopping = false;
  if (metrics !== undefined) {
    registerRequestMetrics(app, metrics);
    metrics.onScrape((gauges) => readGauges(gauges, { ...context, tlsExpiry: () => tlsExpiry }));
  }
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A connection that stayed open after its answer would be waited for.
    if (stopping) reply.header('connection', 'close');
    done(null, payload);
  });
  return {
    async listen() {
      try {
        await app.listen({ ...resolved.listen, listenTextResolver: () => '' });
      } catch (cause) {
        throw listenError(resolved.listen, cause);
      }
      const port = (app.server.address() as { port: number }).port;
      address.listening(port);
      // Makes the first key, so that the first challenge does not wait for it.
      await context.signingKeys.current();
      stopSweeper = startSweeper({
        ...resolved,
        signingKeys: context.signingKeys,
        openidKeys: context.openidKeys,
        holder,
      });
      context.revocation.start();
      if (metrics !== undefined && resolved.monitoring !== undefined) {
        const { readiness, logger } = context;
        monitoring = await startMonitoring({
          ...{ listen: resolved.monitoring, metrics, readiness, logger },
        });
      }
      return { issuer: context.site.issuer(), port };
    },
    monitoringPort: () => monitoring?.port,
    renewTls(files) {
      const expiry = checkTls(files);
      if (!(app.server instanceof HttpsServer)) throw new Error('this server speaks plain http');
      const { certificate: cert, privateKey: key } = files;
      app.server.setSecureContext({ cert, key, minVersion: minTlsVersion });
      tlsExpiry = expiry;
    },
    async close() {
      stopping = true;
      context.readiness.stop();
      const forced = setTimeout(() => {
        app.server.closeAllConnections();
      }, resolved.limits.stopTimeout);
      await app.close();
      clearTimeout(forced);
      await stopSweeper?.();
      await context.revocation.close();
      await monitoring?.close();
    },
  };
}

/** With metrics, every call of the storage is measured. */
function withMetrics(options: ResolvedOptions, metrics: Metrics | undefined): ResolvedOptions {
  if (metrics === undefined) return options;
  return { ...options, storage: measureStorage(options.storage, metrics) };
}

function listenError({ host, port }: ServerOptions['listen'], cause: unknown): ServerError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const sentence =
    reason === 'EADDRINUSE'
      ? 'another program listens there; stop it, or choose another port'
      : reason;
  const message = `The server cannot listen at ${host} port ${port}: ${sentence}.`;
  return new ServerError('listen_failed', { message, cause });
}
