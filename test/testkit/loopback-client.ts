/** Speaks to an agent's loopback endpoint as a browser would, or as one never would. */
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';

/** What came back. */
export interface LoopbackAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request to the endpoint. */
export interface LoopbackRequest {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  /** The Origin header; none where undefined. */
  readonly origin?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The address to connect to; 127.0.0.1 unless told. */
  readonly address?: string;
  readonly agent?: Agent;
}

/** Makes one request. */
export function askLoopback(options: LoopbackRequest): Promise<LoopbackAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: options.address ?? '127.0.0.1',
        port: options.port,
        method: options.method ?? 'GET',
        path: options.path,
        headers: {
          ...(options.origin === undefined ? {} : { origin: options.origin }),
          ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        agent: options.agent ?? false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
        response.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

/** Delivers a challenge. */
export function deliver(
  port: number,
  origin: string,
  challengeRequest: string,
  agent?: Agent,
): Promise<LoopbackAnswer> {
  return askLoopback({
    port,
    origin,
    method: 'POST',
    path: '/challenge',
    body: JSON.stringify({ challengeRequest }),
    ...(agent === undefined ? {} : { agent }),
  });
}

/** The `code` of a problem+json body. */
export function problemCode({ body }: LoopbackAnswer): string {
  return (JSON.parse(body) as { readonly code: string }).code;
}
