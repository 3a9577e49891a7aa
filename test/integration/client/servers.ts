/** Small real servers that speak the server's and the agent's HTTP interfaces to a page. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { SignInOptions, SignInOutcome, SignInProgress } from '../../../src/client/index.ts';
import type { TransactionStatus } from '../../../src/protocol/index.ts';

/** The sign-in script as pages load it, made from the sources at hand. */
export async function bundleClient(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('../../../src/client/browser.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    target: 'es2020',
    minify: true,
    write: false,
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('the bundler made no file');
  return file.text;
}

/** A sign-in inside a page, and what it reported on its way. */
export interface SignInRun {
  readonly outcome: SignInOutcome;
  readonly progress: readonly SignInProgress[];
}

/** Runs a sign-in inside a page that has loaded the script. */
export function signInOn(
  page: Page,
  options: Pick<SignInOptions, 'server' | 'timeouts'> = {},
): Promise<SignInRun> {
  return page.evaluate(async (given) => {
    const progress: SignInProgress[] = [];
    const onProgress = (step: SignInProgress): void => void progress.push(step);
    return { outcome: await globalThis.countersign.signIn({ ...given, onProgress }), progress };
  }, options);
}

/** A listening HTTP server. */
interface Listening {
  readonly port: number;
  readonly close: () => Promise<void>;
}

async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const { port, close } = await listen(() => undefined);
  await close();
  return port;
}

/** A sign-in page and its server, with one browser session and one transaction at a time. */
export class FixtureServer {
  /** The loopback ports that pages are told. */
  readonly ports: number[] = [];
  /** A web origin that may use the API from elsewhere. */
  foreignOrigin: string | undefined;
  /** How the transaction stands. */
  status: TransactionStatus['status'] = 'pending';
  #transactions = 0;
  readonly #script: string;
  #listening: Listening | undefined;

  private constructor(script: string) {
    this.#script = script;
  }

  /** Starts a server whose page loads the given script. */
  static async start(script: string): Promise<FixtureServer> {
    const server = new FixtureServer(script);
    server.#listening = await listen((request, response) => {
      server.#answer(request, response);
    });
    return server;
  }

  get port(): number {
    return this.#listening?.port ?? 0;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  /** Decides the open transaction, as a proof or a decline would. */
  decide(status: 'managed' | 'refused'): void {
    if (this.status === 'pending') this.status = status;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { origin, cookie = '' } = request.headers;
    if (origin !== undefined && origin === this.foreignOrigin) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-allow-headers', 'content-type');
      response.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
    }
    const transaction = `/v1/transactions/t${this.#transactions}`;
    const page = '<title>Sign in</title><script src="/countersign.js"></script>';
    const method = request.method ?? '';
    const url = request.url ?? '';
    if (method === 'OPTIONS') response.writeHead(204).end();
    else if (url === '/') send(response, 'text/html', page);
    else if (url === '/countersign.js') send(response, 'text/javascript', this.#script);
    else if (url === '/v1/challenges' && method === 'POST') this.#startTransaction(response);
    else if (url === transaction && cookie.includes(session)) this.#transaction(method, response);
    else sendJson(response, 404, { code: 'transaction_unknown', detail: 'Unknown.' });
  }

  #startTransaction(response: ServerResponse): void {
    this.#transactions++;
    this.status = 'pending';
    response.setHeader('set-cookie', `${session}; Path=/; HttpOnly; SameSite=Lax`);
    sendJson(response, 201, {
      transaction: `t${this.#transactions}`,
      challengeRequest: `challenge.of.t${this.#transactions}`,
      loopback: { ports: this.ports },
      expiresAt: new Date(Date.now() + 120_000).toISOString(),
    });
  }

  #transaction(method: string, response: ServerResponse): void {
    if (method === 'DELETE') {
      if (this.status === 'pending') this.status = 'cancelled';
      response.writeHead(204).end();
      return;
    }
    const status = { transaction: `t${this.#transactions}`, status: this.status };
    const managed = this.status === 'managed';
    const code = managed ? 'device_managed' : 'path_not_found';
    const result = { transaction: status.transaction, managed, code, message: '', checks: [] };
    sendJson(response, 200, managed || this.status === 'refused' ? { ...status, result } : status);
  }
}

const session = 'session=s1';

/** How an agent of the fixture behaves. */
export interface AgentBehaviour {
  /** Called when a challenge has come, before it is answered. */
  readonly onChallenge?: () => void;
  /** Status of the answer to a challenge; 200 unless told. */
  readonly status?: number;
  /** RFC 9457 body of an answer that is an error. */
  readonly problem?: { readonly code: string; readonly detail: string };
  /** Milliseconds until a challenge is answered. */
  readonly delay?: number;
}

/** A running agent, and what it has seen. */
export interface FixtureAgent extends Listening {
  /** Method and path of each request. */
  readonly requests: readonly string[];
  readonly challenges: readonly string[];
}

/** Starts an agent that answers pages from one web origin. */
export async function startAgent(origin: string, behaviour: AgentBehaviour): Promise<FixtureAgent> {
  const requests: string[] = [];
  const challenges: string[] = [];
  const listening = await listen((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-headers', 'content-type');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else if (request.url === '/probe') sendJson(response, 200, { agent: 'countersign' });
    else void takeChallenge(request, response, behaviour, challenges);
  });
  return { ...listening, requests, challenges };
}

async function takeChallenge(
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: AgentBehaviour,
  challenges: string[],
): Promise<void> {
  const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  const { challengeRequest } = JSON.parse(body) as { challengeRequest: string };
  challenges.push(challengeRequest);
  behaviour.onChallenge?.();
  const answer = (): void => {
    sendJson(response, behaviour.status ?? 200, behaviour.problem ?? { status: 'delivered' });
  };
  if (behaviour.delay === undefined) answer();
  else setTimeout(answer, behaviour.delay);
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
