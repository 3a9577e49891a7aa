/** One HTTP exchange with a server, bounded in time and size, that knows whether anything was sent. */
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AgentError } from '../errors.ts';
import { openConnection, type ConnectionRoute } from './connection.ts';

/** A request to a server. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How it gets there, and within which bounds. */
export interface ExchangeRoute extends ConnectionRoute {
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
  readonly headers: IncomingHttpHeaders;
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

/** Makes the exchange on a connection of its own. Follows no redirect. Never throws. */
export async function exchange(
  request: ExchangeRequest,
  route: ExchangeRoute,
): Promise<ExchangeOutcome> {
  const started = performance.now();
  const connecting = new Deadline(Math.min(route.connectMs, route.totalMs));
  let socket: Socket;
  try {
    socket = await openConnection(request.url, route, connecting.signal);
  } catch (cause) {
    return { ok: false, error: connectError(cause, connecting.signal), sent: false };
  } finally {
    connecting.cancel();
  }
  const answering = new Deadline(route.totalMs - (performance.now() - started));
  try {
    const answer = await send(request, socket, route.maxAnswerBytes, answering.signal);
    return { ok: true, answer };
  } catch (cause) {
    return { ok: false, error: answerError(cause, answering.signal), sent: true };
  } finally {
    answering.cancel();
    socket.destroy();
  }
}

/** AbortSignal.timeout that can be called off: its timer would outlive the request by far. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(milliseconds: number) {
    this.#timer = setTimeout(() => {
      this.#controller.abort();
    }, milliseconds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

function send(
  { method, url, headers, body }: ExchangeRequest,
  socket: Socket,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = requestHttp({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      signal,
    });
    outgoing.once('response', (response) => {
      readBody(response, maxBytes).then((text) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
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

/** OpenSSL's verification results (X509_V_ERR_*) as Node names them, and its check of the host name. */
const untrustedCodes =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|ERR_TLS_CERT_ALTNAME|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

function connectError(cause: unknown, signal: AbortSignal): AgentError {
  if (cause instanceof AgentError) return cause;
  const code = signal.aborted ? 'connecting took too long' : systemCode(cause);
  if (untrustedCodes.test(code)) {
    return new AgentError('server_tls_untrusted', {
      message: `The server’s TLS certificate is not trusted by this device (${code}).`,
      cause,
    });
  }
  return new AgentError('server_unreachable', {
    message: `The server cannot be reached (${code}).`,
    cause,
  });
}

function answerError(cause: unknown, signal: AbortSignal): AgentError {
  if (cause instanceof AgentError) return cause;
  if (signal.aborted) return new AgentError('server_timeout', { cause });
  return new AgentError('server_unreachable', {
    message: `The connection to the server broke before its answer came (${systemCode(cause)}).`,
    cause,
  });
}

function systemCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? 'no reason given';
}
