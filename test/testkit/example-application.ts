/** An application with a server of its own, which signs people in as docs/applications.md says. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TransactionResult } from '../../src/protocol/index.ts';

/** How the application is known to the authentication server. */
export interface ExampleCredentials {
  readonly id: string;
  readonly secret: string;
}

/** The application. Its page is at {@link ExampleApplication.origin}, on another site than the server. */
export class ExampleApplication {
  /** Results that its server has read, the last one last. */
  readonly results: TransactionResult[] = [];
  /** Set before the page is opened. */
  credentials: ExampleCredentials | undefined;
  readonly #server: Server;
  readonly #authority: string;
  /** Transactions by the browser's session. */
  readonly #transactions = new Map<string, string>();

  private constructor(authority: string) {
    this.#authority = authority;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  /** @param authority - the authentication server's issuer URL */
  static async start(authority: string): Promise<ExampleApplication> {
    const application = new ExampleApplication(authority);
    application.#server.listen(0, '127.0.0.1');
    await once(application.#server, 'listening');
    return application;
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method ?? ''} ${request.url ?? ''}`) {
      case 'GET /': {
        const cookie = `session=${randomBytes(16).toString('hex')}; HttpOnly; SameSite=Strict`;
        const headers = { 'content-type': 'text/html', 'set-cookie': cookie };
        response.writeHead(200, headers).end(page(this.#authority));
        return;
      }
      case 'POST /start':
        sendJson(response, await this.#start(sessionOf(request)));
        return;
      case 'POST /finish':
        sendJson(response, await this.#finish(sessionOf(request)));
        return;
      default:
        response.writeHead(404).end();
    }
  }

  async #start(session: string): Promise<unknown> {
    const body = JSON.stringify({ origin: this.origin, user: 'ada@example.com' });
    const start = await this.#ask('/v1/transactions', { method: 'POST', body });
    this.#transactions.set(session, (start as { transaction: string }).transaction);
    return start;
  }

  /** The transaction is the one of this session, whatever the page says; it counts once. */
  async #finish(session: string): Promise<unknown> {
    const transaction = this.#transactions.get(session) ?? '';
    this.#transactions.delete(session);
    const result = await this.#ask(`/v1/transactions/${transaction}/result`);
    this.results.push(result as TransactionResult);
    return { allowed: (result as { allowed?: boolean }).allowed === true };
  }

  async #ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const { id = '', secret = '' } = this.credentials ?? {};
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(this.#authority + path, { ...init, headers });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }
}

function sessionOf({ headers: { cookie } }: IncomingMessage): string {
  return /session=([0-9a-f]+)/.exec(cookie ?? '')?.[1] ?? '';
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function page(authority: string): string {
  return `<!doctype html><title>Example</title><script src="${authority}/client/countersign.js"></script>
<button id="go">Sign in</button><output id="out"></output>
<script>
const post = async (path) => (await fetch(path, { method: 'POST' })).json();
document.getElementById('go').onclick = async () => {
  const outcome = await countersign.signIn({ server: '${authority}', start: await post('/start') });
  const { allowed } = await post('/finish');
  const code = outcome.status === 'failed' ? outcome.code : outcome.result.code;
  document.getElementById('out').textContent = [outcome.status, code, allowed].join(' ');
};
</script>`;
}
