/** The authentication server: composes storage, services and routes into one thing that listens. */
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import Fastify, { type FastifyInstance } from 'fastify';
import { createAdministering } from './administering.ts';
import {
  createRateLimiter,
  handleClientError,
  handleFrameworkError,
  registerAdminApi,
  registerApplicationRoutes,
  registerBodies,
  registerCors,
  registerErrorHandlers,
  registerGuards,
  registerProofRoutes,
  registerProxyOnly,
  registerPublicRoutes,
  registerTransactionRoutes,
  type ApiContext,
  type Site,
} from './api/index.ts';
import {
  checkTls,
  createMetrics,
  createReadiness,
  measureStorage,
  readGauges,
  registerRequestMetrics,
  startMonitoring,
  type Metrics,
} from './operations/index.ts';
import { createSubmissions, createTransactions } from './challenges/index.ts';
import { registerConsole } from './console/index.ts';
import { registerDemo } from './demo/index.ts';
import { ServerError } from './errors.ts';
import {
  isLoopbackAddress,
  resolveOptions,
  type ResolvedOptions,
  type ServerOptions,
  type TlsFiles,
} from './options.ts';
import { registerOidc } from './oidc/index.ts';
import { createServices } from './services.ts';
import { sessionCookie } from './sessions/index.ts';
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
  const holder = randomUUID();
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

/** The site, whose issuer is known from the start where the options name it, else once it listens. */
function createSiteAddress(options: ResolvedOptions) {
  const { issuer, listen, applicationOrigins } = options;
  let address = issuer;
  const site: Site = {
    issuer() {
      if (address === undefined) throw new Error('the server does not listen yet');
      return address;
    },
    secure: issuer?.startsWith('https:') ?? false,
    applicationOrigins,
  };
  return {
    site,
    listening(port: number): void {
      address ??= `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`;
    },
  };
}

/** Failed sign-ins of administrators and wrong tokens, per minute and network address. */
const adminFailuresPerMinute = 10;

function createContext(options: ResolvedOptions, site: Site): ApiContext {
  const { storage, clock, random, logger } = options;
  const services = createServices(options);
  const { authorities, platforms, inventory, policies, applications } = services;
  const { signingKeys, revocation } = services;
  const judging = { platforms, inventory, policies, applications };
  const administering = createAdministering(services, {
    ...{ adminToken: options.adminToken, setupToken: options.setupToken },
    failures: createRateLimiter(adminFailuresPerMinute, clock),
    ...{ issuer: () => site.issuer(), secure: site.secure, clock, random, logger },
  });
  return {
    site,
    ...services,
    ...administering,
    transactions: createTransactions({
      storage,
      platforms,
      signingKeys,
      clock,
      random,
      issuer: () => site.issuer(),
      algorithms: options.algorithms,
      loopbackPorts: options.loopbackPorts,
      lifetimeSeconds: options.challengeLifetime,
      maxPending: options.limits.pendingTransactions,
    }),
    submissions: createSubmissions({ ...judging, storage, revocation, clock, logger }),
    flowCookie: sessionCookie('countersign', site.secure),
    readiness: createReadiness({ storage, signingKeys, authorities }),
    clock,
    random,
    logger,
  };
}

/** Largest body of routes that say nothing else, in bytes. */
const defaultBodyLimit = 4096;
const maxHeaderBytes = 16 * 1024;

const minTlsVersion = 'TLSv1.2';

function createApp(options: ResolvedOptions, context: ApiContext): FastifyInstance {
  const { tls, trustedProxies, limits } = options;
  const httpOptions = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.requestTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.min(limits.requestTimeout / 4, 5000),
  };
  const app = Fastify({
    bodyLimit: defaultBodyLimit,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    return503OnClosing: false,
    clientErrorHandler: handleClientError,
    frameworkErrors: handleFrameworkError,
    serverFactory(handler) {
      const { certificate: cert, privateKey: key } = tls ?? {};
      const tlsOptions = { cert, key, minVersion: minTlsVersion } as const;
      const handshakeTimeout = limits.requestTimeout;
      const server =
        tls === undefined
          ? createHttpServer(httpOptions, handler)
          : createHttpsServer({ ...httpOptions, ...tlsOptions, handshakeTimeout }, handler);
      // Who does not read an answer holds it, and what makes it, for no longer.
      server.timeout = limits.stallTimeout;
      return server;
    },
  });
  registerErrorHandlers(app, options.logger);
  if (tls === undefined && !isLoopbackAddress(options.listen.host)) {
    registerProxyOnly(app, trustedProxies);
  }
  registerGuards(app, context.site, limits, options.clock);
  registerCors(app, context);
  registerBodies(app);
  registerTransactionRoutes(app, context);
  registerApplicationRoutes(app, context);
  registerProofRoutes(app, context);
  registerPublicRoutes(app, context, options.clientScript);
  registerAdminApi(app, context);
  registerConsole(app, context);
  const { loopbackPorts } = options;
  const maxInteractions = limits.pendingTransactions;
  registerOidc(app, context, { keys: context.openidKeys, loopbackPorts, maxInteractions });
  if (options.demo) registerDemo(app, context, options.loopbackPorts);
  return app;
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
