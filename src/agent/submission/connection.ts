/** Connections to servers: TCP, through a proxy's tunnel where one is set, and TLS on top. */
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { AgentError } from '../errors.ts';

/** How a server is reached. */
export interface ConnectionRoute {
  /** Whom TLS trusts. */
  readonly secureContext: SecureContext;
  /** The proxy's URL; straight where undefined. */
  readonly proxyUrl: string | undefined;
}

/**
 * Opens a connection on which a request can be sent; nothing of one has been sent yet.
 *
 * @param url - https, or http on this machine
 * @param route - how to get there
 * @param signal - ends the attempt, at whatever stage
 * @throws AgentError `proxy_refused`, or the system's or TLS's own error
 */
export async function openConnection(
  url: URL,
  route: ConnectionRoute,
  signal: AbortSignal,
): Promise<Socket> {
  const { proxyUrl, secureContext } = route;
  const host = hostOf(url);
  const port = portOf(url);
  const tunnel =
    proxyUrl === undefined
      ? undefined
      : await openTunnel(new URL(proxyUrl), url, secureContext, signal);
  if (url.protocol === 'http:') return opened(connectTcp({ host, port }), 'connect', signal);
  const socket = connectTls({
    host,
    port,
    secureContext,
    // RFC 6066 section 3: literal addresses are not permitted as server names.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tunnel === undefined ? {} : { socket: tunnel }),
  });
  return opened(socket, 'secureConnect', signal);
}

/** CONNECT, RFC 9110 section 9.3.6. */
async function openTunnel(
  proxy: URL,
  target: URL,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${target.hostname}:${portOf(target)}`;
  const options: http.RequestOptions & { readonly secureContext: SecureContext } = {
    method: 'CONNECT',
    host: hostOf(proxy),
    port: portOf(proxy),
    path: authority,
    headers: { host: authority },
    agent: false,
    secureContext,
    signal,
  };
  const request = (proxy.protocol === 'https:' ? https : http).request(options);
  return new Promise((resolve, reject) => {
    request.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(refusedByProxy(response.statusCode));
      }
    });
    request.once('error', reject);
    request.end();
  });
}

async function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function refusedByProxy(status: number | undefined): AgentError {
  return new AgentError('proxy_refused', {
    message: `The proxy answered ${status ?? 0} to the request for a connection to the server.`,
  });
}

/** The host without the brackets of an IPv6 literal. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
