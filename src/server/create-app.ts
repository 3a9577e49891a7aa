/** The HTTP server with every route: bounds first, then guards, then what is served. */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import Fastify, { type FastifyInstance } from 'fastify';
import {
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
} from './api/index.ts';
import { registerConsole } from './console/index.ts';
import { registerDemo } from './demo/index.ts';
import { registerOidc } from './oidc/index.ts';
import { minTlsVersion } from './operations/index.ts';
import { registerSignInPageFiles } from './sign-in-page/index.ts';
import { isLoopbackAddress, type ResolvedOptions } from './options.ts';

/** Largest body of routes that say nothing else, in bytes. */
const defaultBodyLimit = 4096;
const maxHeaderBytes = 16 * 1024;

/** Makes the server; it does not listen yet. */
export function createApp(options: ResolvedOptions, context: ApiContext): FastifyInstance {
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
  registerSignInPageFiles(app);
  registerAdminApi(app, context);
  registerConsole(app, context);
  const { loopbackPorts } = options;
  const maxInteractions = limits.pendingTransactions;
  registerOidc(app, context, { keys: context.openidKeys, loopbackPorts, maxInteractions });
  if (options.demo) registerDemo(app, context, options.loopbackPorts);
  return app;
}
