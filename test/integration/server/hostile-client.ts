/** Requests that no browser and no agent makes, and what every answer to them must be like. */
import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

/** A route that a server has. */
export interface Route {
  readonly method: string;
  /** With `:name` for what varies. */
  readonly url: string;
}

/**
 * The routes of every Fastify instance that is made meanwhile: Fastify itself tells of each.
 *
 * @param work - makes the server
 */
export async function collectRoutes<T>(
  work: () => Promise<T>,
): Promise<{ readonly made: T; readonly routes: readonly Route[] }> {
  const routes: Route[] = [];
  const listen = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url });
    });
  };
  subscribe('fastify.initialization', listen);
  try {
    return { made: await work(), routes };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

/** What is sent. */
export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

/** What came back. */
export interface HostileAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends whatever it is told to, over a few connections that stay open. */
export class HostileClient {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error where the connection ends without an answer */
  ask({ method, path, headers = {}, body }: HostileRequest): Promise<HostileAnswer> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const request = send({
        ...{ host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path },
        headers: { host: `127.0.0.1:${this.#port}`, ...length, ...headers },
      });
      let answered = false;
      request.on('response', (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      // A body that is refused before its end: the answer is there, and the connection goes.
      request.on('error', (error) => {
        if (!answered) reject(error);
      });
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Text that shows how the server is made: a stack, a path of the installation, a statement. */
const internals =
  /\n\s+at |node_modules|\.(?:ts|js):\d+|SQLITE|SELECT .* FROM|TypeError|ReferenceError/;

/**
 * What is wrong with an answer, whatever was asked: a failure of the server, something that shows how
 * it is made, a refusal in no known form, a missing header for browsers.
 *
 * @returns undefined where nothing is
 */
export function faultOf({ status, headers, text }: HostileAnswer): string | undefined {
  const type = headers['content-type'] ?? '';
  if (status >= 500) return `it failed: ${status} ${text.slice(0, 200)}`;
  if (status >= 400 && type.startsWith('application/problem+json')) {
    const members = Object.keys(JSON.parse(text) as object)
      .sort()
      .join();
    if (members !== 'code,detail,status,type') return `a problem with ${members}`;
  } else if (status >= 400 && !/^(text\/html|application\/json)/.test(type)) {
    return `a refusal in the form ${type}`;
  }
  // Text and scripts of the server’s own pages may hold anything.
  if (status >= 400 && internals.test(text)) return `it shows its insides: ${text.slice(0, 300)}`;
  if (headers['x-content-type-options'] !== 'nosniff') return 'it lets browsers guess its type';
  if (headers['content-security-policy']?.includes("default-src 'none'") !== true) {
    return 'it has no content security policy';
  }
  if (headers['content-security-policy'].includes('unsafe')) return 'its policy is unsafe';
  if (headers['referrer-policy'] === undefined) return 'it has no referrer policy';
  if (headers['cache-control'] === undefined) return 'it may be kept by caches';
  return undefined;
}
