/** Two real server processes on one PostgreSQL, behind one name: any request may go to either. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransactionStart, TransactionStatus } from '../../../src/protocol/index.ts';
import { PostgresqlServer, postgresqlComponent } from '../../testkit/postgresql.ts';
import { programsComponent, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';

const issuer = 'https://auth.example';

interface Answer {
  readonly status: number;
  readonly text: string;
  /** The value of a Cookie header; empty where none was set. */
  readonly cookie: string;
}

function ask(
  { port }: TestServer,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const always = { host: 'auth.example', origin: issuer };
    const options = { port, method, path, headers: { ...always, ...headers } };
    const sent = request({ host: '127.0.0.1', agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        const cookie = (response.headers['set-cookie'] ?? []).map((set) => set.split(';')[0]);
        resolve({ status: response.statusCode ?? 0, text, cookie: cookie.join('; ') });
      });
    });
    sent.on('error', reject).end(body);
  });
}

async function start(server: TestServer, cookie?: string) {
  const headers = cookie === undefined ? {} : { cookie };
  const answer = await ask(server, 'POST', '/v1/challenges', { headers });
  if (answer.status !== 200) throw new Error(answer.text);
  return { ...(JSON.parse(answer.text) as TransactionStart), cookie: answer.cookie };
}

async function poll(server: TestServer, transaction: string, cookie: string) {
  const answer = await ask(server, 'GET', `/v1/transactions/${transaction}`, {
    headers: { cookie },
  });
  return JSON.parse(answer.text) as TransactionStatus;
}

const jwt = { 'content-type': 'application/jwt' };

describeWith(
  'several processes on one PostgreSQL',
  [programsComponent, postgresqlComponent],
  () => {
    const root = TestCa.root();
    const issuing = root.issueCa();
    const device = new TestDevice(issuing.issue(), issuing);
    let database: PostgresqlServer;
    let settings: Record<string, unknown>;
    let first: TestServer;
    let second: TestServer;

    beforeAll(async () => {
      database = await PostgresqlServer.start();
      const many = 1_000_000;
      settings = {
        issuer,
        storage: { url: await database.createDatabase() },
        limits: { challengesPerMinute: many, proofsPerMinute: many, requestsPerMinute: many },
      };
      const options = { loopbackPorts: [21861], settings };
      first = await TestServer.start({ ...options, authorities: [root.certificate.pem] });
      second = await TestServer.start({ ...options, authorities: [] });
    });
    afterAll(async () => {
      await first.remove();
      await second.remove();
      await database.remove();
    });

    it('serve one sign-in between them', async () => {
      const { transaction, challengeRequest, cookie } = await start(first);
      expect((await poll(second, transaction, cookie)).status).toBe('pending');
      expect((await start(second, cookie)).challengeRequest).toBe(challengeRequest);
      const body = device.prove(challengeRequest, new Date());
      expect((await ask(second, 'POST', '/v1/proofs', { headers: jwt, body })).status).toBe(200);
      expect((await poll(first, transaction, cookie)).status).toBe('managed');
    });

    it('take a nonce once', async () => {
      const { challengeRequest } = await start(first);
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          ask(index % 2 === 0 ? first : second, 'POST', '/v1/proofs', {
            headers: jwt,
            body: device.prove(challengeRequest, new Date()),
          }),
        ),
      );
      const taken = answers.filter(({ status }) => status === 200);
      const others = answers.filter(({ status }) => status !== 200);
      expect(taken).toHaveLength(1);
      for (const { status, text } of others) {
        expect([status, text]).toEqual([
          409,
          expect.stringContaining('transaction_answered') as string,
        ]);
      }
    });

    it('sign with one key, whoever made it', async () => {
      const keys = await Promise.all(
        [first, second].map(
          async (server) => (await ask(server, 'GET', '/.well-known/jwks.json')).text,
        ),
      );
      expect(keys[0]).toContain('"kid"');
      expect(keys[1]).toBe(keys[0]);
    });

    it('learn of each other’s authorities within seconds', async () => {
      const other = TestCa.root({ commonName: 'Later Root' });
      const later = new TestDevice(other.issue());
      const prove = async (): Promise<string> => {
        const { challengeRequest } = await start(second);
        const body = later.prove(challengeRequest, new Date());
        return (await ask(second, 'POST', '/v1/proofs', { headers: jwt, body })).text;
      };
      expect(await prove()).toContain('"managed":false');
      first.addAuthority(other.certificate.pem);
      await expect.poll(prove, { interval: 200 }).toContain('"managed":true');
    });

    it('keep every verdict that one of them gave before it was killed', async () => {
      const acknowledged: { readonly transaction: string; readonly cookie: string }[] = [];
      let alive = true;
      const signInUntilKilled = async (): Promise<void> => {
        while (alive) {
          const { transaction, challengeRequest, cookie } = await start(first);
          const body = device.prove(challengeRequest, new Date());
          const answer = await ask(first, 'POST', '/v1/proofs', { headers: jwt, body });
          if (answer.status === 200) acknowledged.push({ transaction, cookie });
          if (acknowledged.length === 30) {
            alive = false;
            await first.kill();
          }
        }
      };
      await Promise.allSettled(Array.from({ length: 6 }, signInUntilKilled));
      expect(acknowledged.length).toBeGreaterThanOrEqual(30);
      for (const { transaction, cookie } of acknowledged) {
        expect((await poll(second, transaction, cookie)).status).toBe('managed');
      }
      await first.restart();
      const { transaction, cookie } = acknowledged[0] ?? { transaction: '', cookie: '' };
      expect((await poll(first, transaction, cookie)).status).toBe('managed');
    });

    it('say so while the database is gone, and go on when it is back', async () => {
      const { transaction, challengeRequest, cookie } = await start(first);
      await database.stop();
      for (const server of [first, second]) {
        const answer = await ask(server, 'POST', '/v1/challenges');
        expect([answer.status, answer.text]).toEqual([
          503,
          expect.stringContaining('storage_unavailable') as string,
        ]);
        expect((await ask(server, 'GET', '/readyz')).status).toBe(503);
        expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
      }
      const body = device.prove(challengeRequest, new Date());
      expect((await ask(second, 'POST', '/v1/proofs', { headers: jwt, body })).status).toBe(503);

      await database.restart();
      expect((await ask(first, 'GET', '/readyz')).status).toBe(200);
      expect((await ask(second, 'POST', '/v1/proofs', { headers: jwt, body })).status).toBe(200);
      expect((await poll(first, transaction, cookie)).status).toBe('managed');
    });
  },
);
