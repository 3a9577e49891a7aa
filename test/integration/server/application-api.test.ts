import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/core/index.ts';
import type { TransactionResult, TransactionStart } from '../../../src/protocol/index.ts';
import {
  createApplications,
  type ApplicationInput,
  type Applications,
  type IssuedSecret,
} from '../../../src/server/applications/index.ts';
import { createPolicies, type Policies } from '../../../src/server/policy/index.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { readAnswer, readProblem, ServerRig } from './server-rig.ts';

const page = 'https://app.example';

describe('the API of applications', () => {
  let rig: ServerRig;
  let applications: Applications;
  let policies: Policies;
  let app: IssuedSecret;
  let device: TestDevice;

  beforeAll(async () => {
    rig = await ServerRig.start();
    policies = createPolicies(rig.storage.policies, rig.clock, systemRandom);
    applications = createApplications({
      store: rig.storage.applications,
      policies,
      clock: rig.clock,
      random: systemRandom,
    });
    app = await register({ name: 'App', origins: [page] });
    device = new TestDevice(rig.issuing.issue({ commonName: 'laptop-7' }), rig.issuing);
  });
  afterAll(() => rig.close());

  /** Registers an application, and lets a second pass in which the server hears of it. */
  async function register(input: ApplicationInput): Promise<IssuedSecret> {
    const issued = await applications.add({ kind: 'api', ...input });
    rig.clock.advance(1001);
    return issued;
  }

  const basic = (id: string, secret = ''): string =>
    `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
  const credentials = ({ application, secret }: IssuedSecret) => ({
    authorization: basic(application.id, secret),
  });
  const json = { 'content-type': 'application/json' };

  const postStart = (body: unknown, caller = app): Promise<Response> =>
    rig.fetch('/v1/transactions', {
      method: 'POST',
      headers: { ...json, ...credentials(caller) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  async function start(body: unknown = {}, caller = app) {
    const response = await postStart(body, caller);
    if (response.status !== 201) throw new Error(await response.text());
    return (await response.json()) as TransactionStart & { readonly pollToken: string };
  }
  const prove = ({ challengeRequest }: TransactionStart): Promise<Response> =>
    rig.postProof(device.prove(challengeRequest, rig.clock.now()));
  const getResult = (transaction: string, caller = app): Promise<Response> =>
    rig.fetch(`/v1/transactions/${transaction}/result`, { headers: credentials(caller) });
  const result = async (transaction: string, caller = app): Promise<TransactionResult> => {
    const response = await getResult(transaction, caller);
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as TransactionResult;
  };
  const poll = (transaction: string, token: string, init: RequestInit = {}): Promise<Response> =>
    rig.fetch(`/v1/transactions/${transaction}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, origin: page },
    });

  it('takes an application’s server and its page through a sign-in', async () => {
    const started = await start({ origin: page, user: 'ada@example.com' });
    expect(await result(started.transaction)).toEqual({
      transaction: started.transaction,
      status: 'pending',
    });
    const pending = await poll(started.transaction, started.pollToken);
    expect(pending.headers.get('access-control-allow-origin')).toBe(page);
    expect(await pending.json()).toMatchObject({ status: 'pending' });
    expect((await readAnswer(await prove(started))).managed).toBe(true);
    const polled = await poll(started.transaction, started.pollToken);
    expect(await polled.json()).toMatchObject({ status: 'managed', result: { managed: true } });
    expect(await result(started.transaction)).toMatchObject({
      status: 'managed',
      allowed: true,
      origin: page,
      user: 'ada@example.com',
      result: { code: 'device_managed', decision: { outcome: 'allow' } },
    });
  });

  it('signs results for the application that asked, with a published key', async () => {
    const started = await start({ user: 'ada@example.com' });
    await prove(started);
    const read = await result(started.transaction);
    if (!('token' in read)) throw new Error(`there is no result: ${read.status}`);
    const keySet = (await (await rig.fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet;
    const { payload } = await jwtVerify(read.token, createLocalJWKSet(keySet), {
      issuer: rig.issuer,
      audience: app.application.id,
      typ: 'device-verification+jwt',
      algorithms: ['ES256'],
      currentDate: rig.clock.now(),
    });
    const thumbprint = Buffer.from(read.result.path?.[0]?.sha256 ?? '', 'hex');
    expect(payload).toMatchObject({
      txn: started.transaction,
      sub: 'ada@example.com',
      origin: page,
      allowed: true,
      managed: true,
      code: 'device_managed',
      device_id: read.result.deviceId,
      cnf: { 'x5t#S256': thumbprint.toString('base64url') },
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    const again = await result(started.transaction);
    expect('token' in again && again.token).not.toBe(read.token);
  });

  it('tells what an application’s own policy denies', async () => {
    const policy = await policies.add({
      name: 'Windows alone',
      rules: [{ name: 'Windows', when: { platforms: ['windows'] }, effect: 'allow' }],
    });
    const strict = await register({ name: 'Strict', origins: [page], policy: policy.id });
    const started = await start({}, strict);
    await prove(started);
    expect(await result(started.transaction, strict)).toMatchObject({
      status: 'refused',
      allowed: false,
      result: { managed: true, code: 'policy_platform', decision: { outcome: 'deny' } },
    });
  });

  it('keeps a result for as long as the verdict, beyond the transaction', async () => {
    const started = await start();
    await prove(started);
    rig.clock.advance(3_600_000);
    const { storage, clock } = rig;
    await storage.transactions.sweep(clock.now(), 1000);
    expect(await storage.transactions.find(started.transaction)).toBeUndefined();
    expect(await result(started.transaction)).toMatchObject({ status: 'managed' });
    const polled = await poll(started.transaction, started.pollToken);
    expect(await readProblem(polled)).toEqual([404, 'transaction_unknown']);
  });

  it('tells a transaction that ran out or was cancelled as what it is', async () => {
    const cancelled = await start();
    const answer = await poll(cancelled.transaction, cancelled.pollToken, { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(await result(cancelled.transaction)).toMatchObject({ status: 'cancelled' });
    const expired = await start();
    rig.clock.advance(121_000);
    expect(await result(expired.transaction)).toMatchObject({ status: 'expired' });
    expect(await readProblem(await prove(expired))).toEqual([410, 'transaction_expired']);
  });

  it('shows no application another one’s transaction', async () => {
    const other = await register({ name: 'Other', origins: [page] });
    const unknown = [404, 'transaction_unknown'];
    const started = await start();
    expect(await readProblem(await getResult(started.transaction, other))).toEqual(unknown);
    await prove(started);
    expect(await readProblem(await getResult(started.transaction, other))).toEqual(unknown);
    const own = await rig.browser().start();
    expect(await readProblem(await getResult(own.transaction))).toEqual(unknown);
    expect(await readProblem(await getResult('x'))).toEqual(unknown);
  });

  it('lets no page watch or cancel a transaction but the one that has its token', async () => {
    const [mine, theirs] = [await start(), await start()];
    for (const token of [theirs.pollToken, 'x', 'a'.repeat(43)]) {
      expect(await readProblem(await poll(mine.transaction, token))).toEqual([
        404,
        'transaction_unknown',
      ]);
    }
    const cancel = await poll(mine.transaction, theirs.pollToken, { method: 'DELETE' });
    expect(await readProblem(cancel)).toEqual([404, 'transaction_unknown']);
    const bare = await rig.fetch(`/v1/transactions/${mine.transaction}`);
    expect(await readProblem(bare)).toEqual([404, 'transaction_unknown']);
    expect(await result(mine.transaction)).toMatchObject({ status: 'pending' });
  });

  it('lets pages of registered origins read answers, and no others', async () => {
    const ask = (origin: string): Promise<Response> =>
      rig.fetch('/v1/transactions/x', { method: 'OPTIONS', headers: { origin } });
    const allowed = await ask(page);
    expect([allowed.status, allowed.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'content-type, authorization',
    ]);
    expect(await readProblem(await ask('https://evil.example'))).toEqual([
      403,
      'origin_not_allowed',
    ]);
    // A page of the application cannot start transactions itself: that is its server's to do.
    const direct = await rig.browser().post('/v1/challenges', {}, { origin: page });
    expect(await readProblem(direct)).toEqual([403, 'origin_not_allowed']);
  });

  it.each<[string, unknown, number, string]>([
    ['junk', 'junk', 400, 'json_syntax'],
    ['no object', [], 400, 'request_malformed'],
    ['a misspelt member', { orgin: page }, 400, 'request_malformed'],
    ['a user that is no text', { user: 7 }, 400, 'request_malformed'],
    ['an empty user', { user: '' }, 400, 'request_malformed'],
    ['a user that breaks lines', { user: 'a\nb' }, 400, 'request_malformed'],
    ['a user that is too long', { user: 'x'.repeat(257) }, 400, 'request_malformed'],
    ['an origin that is no text', { origin: [page] }, 400, 'request_malformed'],
    ['an origin of nobody’s', { origin: 'https://evil.example' }, 403, 'origin_not_allowed'],
    ['a deep nest', `${'['.repeat(1000)}${']'.repeat(1000)}`, 400, 'json_too_deep'],
    ['too much', { user: 'x'.repeat(5000) }, 413, 'body_too_large'],
  ])('refuses a start with %s', async (_, body, status, code) => {
    expect(await readProblem(await postStart(body))).toEqual([status, code]);
  });

  it('asks for the origin where an application has more than one', async () => {
    const two = await register({ name: 'Two', origins: [page, 'https://b.example'] });
    expect(await readProblem(await postStart({}, two))).toEqual([400, 'request_malformed']);
    expect((await postStart({ origin: 'https://b.example' }, two)).status).toBe(201);
  });

  it('ends an application’s secret when it is replaced or the application is disabled', async () => {
    const issued = await register({ name: 'Short-lived', origins: [page] });
    expect((await postStart({}, issued)).status).toBe(201);
    const rotated = await applications.rotateSecret(issued.application.id);
    rig.clock.advance(1001);
    const invalid = [401, 'application_credentials_invalid'];
    expect(await readProblem(await postStart({}, issued))).toEqual(invalid);
    expect((await postStart({}, rotated)).status).toBe(201);
    await applications.replace(issued.application.id, 2, { disabled: true });
    rig.clock.advance(1001);
    expect(await readProblem(await postStart({}, rotated))).toEqual(invalid);
  });

  describe('wants credentials', () => {
    const attempts = (): readonly (readonly [string, string | undefined])[] => {
      const { application, secret } = app;
      return [
        ['none', undefined],
        ['a wrong secret', basic(application.id, 'x'.repeat(43))],
        ['no secret', basic(application.id)],
        ['an unknown id', basic('nobody', secret)],
        ['another scheme', `Bearer ${secret ?? ''}`],
        ['junk', 'Basic !!!'],
        ['bytes that are no text', `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`],
        ['a broken escape', `Basic ${Buffer.from('%zz:%zz').toString('base64')}`],
      ];
    };

    it('and takes no others, nor many guesses', async () => {
      const { transaction } = await start();
      for (const [, authorization] of attempts()) {
        const headers = authorization === undefined ? undefined : { authorization };
        const read = await rig.fetch(
          `/v1/transactions/${transaction}/result`,
          headers === undefined ? {} : { headers },
        );
        expect(read.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
        expect(await readProblem(read)).toEqual([401, 'application_credentials_invalid']);
      }
      const guess = (): Promise<Response> =>
        rig.fetch('/v1/transactions', {
          method: 'POST',
          headers: { ...json, authorization: basic(app.application.id, 'guess') },
          body: '{}',
        });
      const codes = [];
      for (let i = 0; i < 30; i++) codes.push((await guess()).status);
      expect(codes).toContain(401);
      expect(codes.at(-1)).toBe(429);
      const blocked = await getResult(transaction);
      expect(blocked.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await readProblem(blocked)).toEqual([429, 'rate_limited']);
      rig.clock.advance(60_000);
      expect((await getResult(transaction)).status).toBe(200);
    });
  });

  it('keeps half-open transactions within their bound: the oldest expire', async () => {
    const small = await ServerRig.start({ limits: { pendingTransactions: 100 } });
    try {
      const issued = await createApplications({
        store: small.storage.applications,
        policies,
        clock: small.clock,
        random: systemRandom,
      }).add({ kind: 'api', name: 'App', origins: [page] });
      const begin = async (): Promise<TransactionStart> => {
        const response = await small.fetch('/v1/transactions', {
          method: 'POST',
          headers: { ...json, ...credentials(issued) },
          body: '{}',
        });
        return (await response.json()) as TransactionStart;
      };
      const first = await begin();
      small.clock.advance(1000);
      for (let round = 0; round < 10; round++) {
        await Promise.all(Array.from({ length: 50 }, begin));
      }
      expect(await small.storage.transactions.countPending(small.clock.now())).toBe(100);
      expect((await small.storage.transactions.find(first.transaction))?.state).toBe('expired');
      const last = await begin();
      const owner = new TestDevice(small.issuing.issue(), small.issuing);
      const proof = owner.prove(last.challengeRequest, small.clock.now());
      expect((await readAnswer(await small.postProof(proof))).managed).toBe(true);
    } finally {
      await small.close();
    }
  });
});
