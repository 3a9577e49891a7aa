/** The authentication server in this process, on a free port, as a browser and an agent see it. */
import { createServer, openSqliteStorage, createAuthorities } from '../../../src/server/index.ts';
import type { CountersignServer, ServerOptions, Storage } from '../../../src/server/index.ts';
import {
  parseProofAnswer,
  type ProofAnswer,
  type TransactionStart,
  type TransactionStatus,
} from '../../../src/protocol/index.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { makeScratchDirectory } from '../../testkit/make-scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { rmSync } from 'node:fs';

/** The administrator's token of every rig. */
export const adminToken = 'the-administrators-token-of-the-tests';

/** A server that is listening. */
export class ServerRig {
  readonly clock = new FakeClock(new Date());
  readonly root = TestCa.root();
  readonly issuing = this.root.issueCa();
  readonly directory: string;
  readonly storage: Storage;
  issuer = '';
  port = 0;
  readonly #server: CountersignServer;

  private constructor(directory: string, storage: Storage, options: Partial<ServerOptions>) {
    this.directory = directory;
    this.storage = storage;
    this.#server = createServer({
      storage: this.storage,
      listen: { host: '127.0.0.1', port: 0 },
      clock: this.clock,
      adminToken,
      ...options,
    });
  }

  /** Starts a server that trusts {@link root}, unless told not to. */
  static async start(
    options: Partial<ServerOptions> = {},
    { trust = true }: { readonly trust?: boolean } = {},
  ): Promise<ServerRig> {
    const directory = makeScratchDirectory();
    const storage = await openSqliteStorage(`${directory}/countersign.db`);
    const rig = new ServerRig(directory, storage, options);
    if (trust) {
      const authorities = createAuthorities(rig.storage.authorities, rig.clock);
      await authorities.add(rig.root.certificate.der);
    }
    const { issuer, port } = await rig.#server.listen();
    rig.issuer = issuer;
    rig.port = port;
    return rig;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.issuer + path, { redirect: 'manual', ...init });
  }

  browser(): TestBrowser {
    return new TestBrowser(this);
  }

  /** Posts a proof as an agent does. */
  postProof(proof: string): Promise<Response> {
    const headers = { 'content-type': 'application/jwt' };
    return this.fetch('/v1/proofs', { method: 'POST', headers, body: proof });
  }

  /** Posts a decline as an agent does. */
  postDecline(decline: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.fetch('/v1/proofs', { method: 'POST', headers, body: JSON.stringify(decline) });
  }

  /** Where monitoring is answered; undefined where it is off. */
  get monitoringPort(): number | undefined {
    return this.#server.monitoringPort();
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.storage.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** A browser: keeps cookies, and says which page asks. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #rig: ServerRig;

  constructor(rig: ServerRig) {
    this.#rig = rig;
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.cookies.size > 0) {
      headers.set('cookie', Array.from(this.cookies, ([name, v]) => `${name}=${v}`).join('; '));
    }
    const isRead = init.method === undefined || init.method === 'GET';
    if (!isRead && !headers.has('origin')) headers.set('origin', this.#rig.issuer);
    const response = await this.#rig.fetch(path, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  async start(): Promise<TransactionStart> {
    const response = await this.post('/v1/challenges', {});
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as TransactionStart;
  }

  async status(transaction: string): Promise<TransactionStatus> {
    const response = await this.fetch(`/v1/transactions/${transaction}`);
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as TransactionStatus;
  }

  cancel(transaction: string): Promise<Response> {
    return this.fetch(`/v1/transactions/${transaction}`, { method: 'DELETE' });
  }
}

/** The verdict in an answer to a proof or a decline. */
export async function readAnswer(response: Response): Promise<ProofAnswer> {
  if (response.status !== 200) throw new Error(await response.text());
  return parseProofAnswer(await response.text());
}

/** The status and code of a refusal, which must be a problem and nothing else (RFC 9457). */
export async function readProblem(response: Response): Promise<readonly [number, string]> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`not a problem: ${type}`);
  const problem = (await response.json()) as Record<string, unknown>;
  const members = Object.keys(problem).sort().join();
  if (members !== 'code,detail,status,type') throw new Error(`unexpected members: ${members}`);
  return [response.status, String(problem['code'])];
}
