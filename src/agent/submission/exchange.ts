/** One HTTP exchange with a server, bounded in time and size, that knows whether anything was sent. */
import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket, type SecureContext } from 'node:tls';
import { AgentError } from '../errors.ts';

/** A request to a server. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How it gets there. */
export interface ExchangeRoute {
  readonly secureContext: SecureContext;
  /** The proxy's URL; straight where undefined. */
  readonly proxyUrl: string | undefined;
  /** Milliseconds until the connection must stand, its TLS included. */
  readonly connectMs: number;
  /** Milliseconds until the answer must be there. */
  readonly totalMs: number;
  /** Largest answer read, in bytes. */
  readonly maxAnswerBytes: number;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An answer, or why there is none. */
export type ExchangeOutcome =
  | { readonly ok: true; readonly answer: HttpAnswer }
  | {
      readonly ok: false;
      readonly error: AgentError;
      /** Whether a byte of the request can have reached the server. */
      readonly sent: boolean;
    };

/** Makes the exchange. Follows no redirect; keeps no connection. Never throws. */
export async function exchange(
  request: ExchangeRequest,
  route: ExchangeRoute,
): Promise<ExchangeOutcome> {
  const abort = new AbortController();
  const agent = route.proxyUrl === undefined ? false : await proxyAgent(route, abort.signal);
  return new Promise((resolve) => {
    let sent = false;
    const secure = request.url.protocol === 'https:';
    const outgoing = (secure ? https : http).request(
      request.url,
      requestOptions(request, route, agent),
    );
    const settle = (outcome: ExchangeOutcome): void => {
      clearTimeout(connectTimer);
      clearTimeout(totalTimer);
      resolve(outcome);
      outgoing.destroy();
      // Also ends a connection that is still being made to the proxy.
      abort.abort();
    };
    const fail = (error: AgentError): void => {
      settle({ ok: false, error, sent });
    };
    const timedOut = (): void => {
      fail(new AgentError(sent ? 'server_timeout' : 'server_unreachable', timeoutDetails(sent)));
    };
    const connectTimer = setTimeout(timedOut, route.connectMs);
    const totalTimer = setTimeout(timedOut, route.totalMs);
    outgoing.once('socket', (socket) => {
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        // From here on Node may write the request at any moment.
        sent = true;
        clearTimeout(connectTimer);
      });
    });
    outgoing.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
      if (statusCode !== 200) fail(refusedByProxy(statusCode));
    });
    outgoing.on('error', (cause) => {
      fail(connectionError(cause, sent));
    });
    outgoing.once('response', (response) => {
      readBody(response, route.maxAnswerBytes).then(
        (body) => {
          const answer = { status: response.statusCode ?? 0, headers: response.headers, body };
          settle({ ok: true, answer });
        },
        (error: unknown) => {
          fail(error instanceof AgentError ? error : connectionError(error, sent));
        },
      );
    });
    outgoing.end(request.body);
  });
}

function requestOptions(
  { method, headers, body }: ExchangeRequest,
  { secureContext }: ExchangeRoute,
  agent: http.Agent | false,
): https.RequestOptions & { readonly secureContext: SecureContext } {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return { method, headers: { ...headers, ...length }, agent, secureContext };
}

/** The proxy agent itself has no time-out: the signal ends its connection. */
async function proxyAgent(route: ExchangeRoute, signal: AbortSignal): Promise<http.Agent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const connection = { signal, secureContext: route.secureContext };
  return new HttpsProxyAgent(route.proxyUrl ?? '', connection);
}

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new AgentError('server_answer_invalid', {
        message: `The server’s answer is larger than ${maxBytes} bytes.`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function timeoutDetails(sent: boolean): { readonly message?: string } {
  return sent ? {} : { message: 'The server cannot be reached: connecting took too long.' };
}

function refusedByProxy(status: number): AgentError {
  return new AgentError('proxy_refused', {
    message: `The proxy answered ${status} to the request for a connection to the server.`,
  });
}

/** OpenSSL's verification results (X509_V_ERR_*) as Node names them, and its check of the host name. */
const untrustedCodes =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_TLS_CERT_ALTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

function connectionError(cause: unknown, sent: boolean): AgentError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'no code';
  if (untrustedCodes.test(code)) {
    return new AgentError('server_tls_untrusted', {
      message: `The server’s TLS certificate is not trusted by this device (${code}).`,
      cause,
    });
  }
  const what = sent ? 'The connection to the server broke' : 'The server cannot be reached';
  return new AgentError('server_unreachable', { message: `${what} (${code}).`, cause });
}
