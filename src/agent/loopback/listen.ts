/** Binds the loopback endpoint: the first port of the list that is free on both address families. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentError } from '../errors.ts';
import type { ConnectionGuard } from './connection-guard.ts';

/** A listening endpoint. */
export interface LoopbackListener {
  readonly port: number;
  /** The addresses it is bound to, such as `127.0.0.1` and `::1`. */
  readonly addresses: readonly string[];
  /**
   * Stops accepting, lets requests under way finish, then ends every connection.
   *
   * @param graceMs - milliseconds for requests under way
   */
  close(graceMs: number): Promise<void>;
}

/** Largest request head, in bytes. */
const maxHeadBytes = 8 * 1024;
/** Milliseconds a connection is kept for a page's next request. */
const keepAliveMs = 30_000;
/**
 * Milliseconds after which Node ends a connection that has not sent a request: the longest a browser's
 * permission prompt is waited for. ConnectionGuard sees to requests that have begun.
 */
const firstRequestMs = 15 * 60_000;

/** `localhost` may mean either in a browser, so the endpoint listens on both. */
const addresses = ['127.0.0.1', '::1'] as const;

/**
 * Listens on the first free port.
 *
 * @param ports - in the order to try them
 * @param listener - answers requests
 * @param guard - watches connections
 * @throws AgentError `no_port_free` where every port is taken on one of the families
 */
export async function listenOnLoopback(
  ports: readonly number[],
  listener: RequestListener,
  guard: ConnectionGuard,
): Promise<LoopbackListener> {
  for (const port of ports) {
    const servers = await bindAll(port, listener, guard);
    if (servers !== undefined) return openListener(port, servers, guard);
  }
  throw new AgentError('no_port_free', {
    message: `None of the loopback ports is free: ${ports.join(', ')}.`,
  });
}

/** @returns undefined where the port is taken on a family, or cannot be had for another reason */
async function bindAll(
  port: number,
  listener: RequestListener,
  guard: ConnectionGuard,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  for (const address of addresses) {
    const server = makeServer(listener, guard);
    const failure = await bind(server, address, port);
    if (failure === undefined) servers.push(server);
    else if (failure !== 'EADDRNOTAVAIL' && failure !== 'EAFNOSUPPORT') {
      await Promise.all(servers.map(close));
      return undefined;
    }
  }
  // A machine without either family has no loopback at all.
  return servers.length === 0 ? undefined : servers;
}

function makeServer(listener: RequestListener, guard: ConnectionGuard): Server {
  const server = createServer(
    {
      maxHeaderSize: maxHeadBytes,
      headersTimeout: firstRequestMs,
      requestTimeout: firstRequestMs,
      keepAliveTimeout: keepAliveMs,
      noDelay: true,
    },
    listener,
  );
  guard.watch(server);
  return server;
}

/** @returns the error's code, or undefined where the server listens */
function bind(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      resolve(error.code ?? 'unknown');
    };
    server.once('error', onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError);
      resolve(undefined);
    });
  });
}

function openListener(
  port: number,
  servers: readonly Server[],
  guard: ConnectionGuard,
): LoopbackListener {
  return {
    port,
    addresses: servers.map((server) => (server.address() as AddressInfo).address),
    close: async (graceMs) => {
      const closed = Promise.all(servers.map(close));
      guard.endIdle();
      const timer = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
