/** A web server that publishes CRLs, well or badly. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** See the head of this file. */
export class CrlServer {
  /** Requests since the start: method, path and status. */
  readonly log: string[] = [];
  readonly #server = createServer((request, response) => {
    response.on('finish', () => {
      this.log.push(`${request.method ?? ''} ${request.url ?? ''} ${response.statusCode}`);
    });
    const handler = this.#handlers.get(request.url ?? '');
    if (handler === undefined) response.writeHead(404).end();
    else handler(request, response);
  });
  readonly #handlers = new Map<string, RequestListener>();

  /** Starts a server on a free port of the loopback interface. */
  static async start(): Promise<CrlServer> {
    const server = new CrlServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  /** Host and port, as settings list them. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The URL of a path. */
  url(path: string): string {
    return `http://${this.host}${path}`;
  }

  /** Serves bytes, with an ETag, as a well-behaved server does. */
  publish(path: string, bytes: Uint8Array): void {
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    this.handle(path, (request, response) => {
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { etag, 'content-type': 'application/pkix-crl' }).end(bytes);
    });
  }

  /** Serves in any other way. */
  handle(
    path: string,
    handler: (request: IncomingMessage, response: ServerResponse) => void,
  ): void {
    this.#handlers.set(path, handler);
  }

  /** Serves nothing (404) at a path. */
  withdraw(path: string): void {
    this.#handlers.delete(path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
