import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { TransactionStart } from '../../../src/protocol/index.ts';
import { postgresqlComponent, PostgresqlServer } from '../../testkit/postgresql.ts';
import { freePorts, programsComponent, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly cookies: readonly string[];
}

/** Two server programs, one issuer, one PostgreSQL: as behind a load balancer. */
describeWith('two servers on one PostgreSQL', [programsComponent, postgresqlComponent], () => {
  const ca = TestCa.root();
  let database: PostgresqlServer;
  let first: TestServer;
  let second: TestServer;

  beforeAll(async () => {
    database = await PostgresqlServer.start();
    const url = await database.createDatabase();
    const loopbackPorts = await freePorts(1);
    const storage = { url };
    first = await TestServer.start({
      authorities: [ca.certificate.pem],
      loopbackPorts,
      settings: { storage },
    });
    const settings = { storage, issuer: first.origin };
    second = await TestServer.start({ authorities: [], loopbackPorts, settings });
  });
  afterAll(async () => {
    await first.remove();
    await second.remove();
    await database.remove();
  });

  /** Asks one of the two as the load balancer does, which keeps the Host that the browser named. */
  function ask(
    server: TestServer,
    method: string,
    path: string,
    { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    const host = new URL(first.origin).host;
    return new Promise((resolve, reject) => {
      const options = { method, headers: { host, origin: first.origin, ...headers } };
      const sent = request(`http://127.0.0.1:${server.port}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const cookies = (response.headers['set-cookie'] ?? []).map((set) => set.split(';')[0]);
          resolve({
            status: response.statusCode ?? 0,
            body: text === '' ? undefined : JSON.parse(text),
            cookies: cookies.filter((cookie) => cookie !== undefined),
          });
        });
      });
      sent.once('error', reject).end(body);
    });
  }

  const prove = (start: TransactionStart): string =>
    new TestDevice(ca.issue({ commonName: 'laptop-7' })).prove(start.challengeRequest, new Date());
  const post = (server: TestServer, proof: string): Promise<Answer> =>
    ask(server, 'POST', '/v1/proofs', {
      headers: { 'content-type': 'application/jwt' },
      body: proof,
    });

  let start: TransactionStart;
  let cookie: string;

  beforeEach(async () => {
    const answer = await ask(first, 'POST', '/v1/challenges');
    expect(answer.status).toBe(200);
    start = answer.body as TransactionStart;
    cookie = answer.cookies.join('; ');
  });

  it('serve one sign-in between them: begun at one, proved at the other, seen at both', async () => {
    expect(await post(second, prove(start))).toMatchObject({ body: { managed: true } });
    for (const server of [first, second]) {
      const path = `/v1/transactions/${start.transaction}`;
      expect(await ask(server, 'GET', path, { headers: { cookie } })).toMatchObject({
        status: 200,
        body: { status: 'managed' },
      });
    }
  });

  it('take a proof once of many that arrive at both at the same time', async () => {
    const proof = prove(start);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => post(index % 2 === 0 ? first : second, proof)),
    );
    const managed = answers.filter(({ body }) => (body as { managed?: boolean }).managed === true);
    expect(managed).toHaveLength(1);
    const listed = JSON.parse(first.command('signins', 'list', '--json')) as {
      readonly result: { readonly transaction: string };
    }[];
    const same = listed.filter(({ result }) => result.transaction === start.transaction);
    expect(same).toHaveLength(1);
  });

  it('sign with the same keys, and both notice an authority that a command adds', async () => {
    const keys = await Promise.all(
      [first, second].map((server) => ask(server, 'GET', '/.well-known/jwks.json')),
    );
    expect(keys[0]?.body).toEqual(keys[1]?.body);
    const added = TestCa.root({ commonName: 'Added' });
    const file = `${scratchDirectory()}/added.pem`;
    writeFileSync(file, added.certificate.pem);
    second.command('ca', 'add', file);
    await delay(1100);
    const device = new TestDevice(added.issue());
    for (const server of [first, second]) {
      const { body } = await ask(server, 'POST', '/v1/challenges');
      const { challengeRequest } = body as TransactionStart;
      const proof = device.prove(challengeRequest, new Date());
      expect(await post(server, proof)).toMatchObject({ body: { managed: true } });
    }
  });

  it('lose nothing when one is killed, and the other goes on', async () => {
    const proof = prove(start);
    expect(await post(first, proof)).toMatchObject({ body: { managed: true } });
    await first.kill();
    expect((await post(second, proof)).body).toMatchObject({ code: 'transaction_answered' });
    await first.restart();
    expect((await post(first, proof)).body).toMatchObject({ code: 'transaction_answered' });
  });

  it('answer 503 while the database is gone, and go on by themselves when it is back', async () => {
    await database.stop();
    const refused = await post(second, prove(start));
    expect(refused).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect((await ask(first, 'POST', '/v1/challenges')).status).toBe(503);
    await database.restart();
    expect(await post(second, prove(start))).toMatchObject({ body: { managed: true } });
  });
});
