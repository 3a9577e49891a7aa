import { beforeEach, describe, expect, it } from 'vitest';
import { signInWith, type SignInOptions, type SignInOutcome } from '../../../src/client/sign-in.ts';
import type { SignInProgress } from '../../../src/client/index.ts';
import type { TransactionStatus } from '../../../src/protocol/index.ts';
import { answer, decided, FakePlatform, noAnswer, silence } from './fake-platform.ts';

const server = 'https://trust.example';
const start = {
  transaction: 't1',
  challengeRequest: 'a.b.c',
  loopback: { ports: [1, 2, 3] },
  expiresAt: '2026-01-01T00:02:00.000Z',
};
const pending: TransactionStatus = {
  transaction: 't1',
  status: 'pending',
  challengeRequest: 'a.b.c',
  expiresAt: start.expiresAt,
};
const createRoute = `POST ${server}/v1/challenges`;
const readRoute = `GET ${server}/v1/transactions/t1`;
const cancelRoute = `DELETE ${server}/v1/transactions/t1`;
const probeRoute = (port: number): string => `GET http://127.0.0.1:${port}/probe`;
const deliverRoute = (port: number): string => `POST http://127.0.0.1:${port}/challenge`;

let platform: FakePlatform;
/** How the transaction stands at the server. */
let status: TransactionStatus;
let progress: SignInProgress[];

/** An agent that gets a proof to the server. */
function addAgent(port: number, outcome: TransactionStatus = decided(true)): void {
  platform.route(probeRoute(port), answer(200, { agent: 'countersign' }));
  platform.route(deliverRoute(port), () => {
    status = outcome;
    return Response.json({ status: 'delivered' });
  });
}

function run(options: SignInOptions = {}): Promise<SignInOutcome> {
  return platform.run(
    signInWith(platform, { server, onProgress: (step) => progress.push(step), ...options }),
  );
}

beforeEach(() => {
  platform = new FakePlatform();
  status = pending;
  progress = [];
  platform.route(createRoute, answer(201, start));
  platform.route(readRoute, () => Response.json(status));
  platform.route(cancelRoute, () => new Response(null, { status: 204 }));
});

describe('a sign-in with an agent', () => {
  it('ends with the server’s verdict, and leaves no timer behind', async () => {
    addAgent(1);
    const outcome = await run();
    expect(outcome).toStrictEqual({
      status: 'managed',
      transaction: 't1',
      result: (decided(true) as { result: unknown }).result,
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(platform.pendingDelays).toBe(0);
    expect(platform.count(cancelRoute)).toBe(0);
  });

  it('reports each step in order', async () => {
    addAgent(2);
    await run();
    expect(progress.map(({ step }) => step)).toStrictEqual([
      'challenge',
      'agent',
      'delivery',
      'verdict',
    ]);
  });

  it('looks for the verdict at once when the agent has answered', async () => {
    addAgent(1);
    await run();
    expect(platform.now).toBe(0);
    expect(platform.count(readRoute)).toBe(1);
  });

  it('hands over exactly the challenge, without cookies or referrer', async () => {
    addAgent(1);
    await run();
    const delivery = platform.requests.find(({ url }) => url.endsWith('/challenge'));
    expect(delivery?.init).toMatchObject({
      body: '{"challengeRequest":"a.b.c"}',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('ends with a refused verdict and its reasons', async () => {
    addAgent(1, decided(false));
    expect(await run()).toMatchObject({
      status: 'refused',
      result: { code: 'device_no_certificate' },
    });
  });

  it('takes a transaction that the page has started already', async () => {
    addAgent(3);
    expect(await run({ start })).toMatchObject({ status: 'managed' });
    expect(platform.count(createRoute)).toBe(0);
  });

  it('watches its application’s transaction with the token for it, and without cookies', async () => {
    addAgent(1);
    await run({ start: { ...start, pollToken: 'token' } });
    const polled = platform.requests.find(({ url }) => url.startsWith(server));
    expect(polled?.init).toMatchObject({
      credentials: 'omit',
      headers: { authorization: 'Bearer token' },
    });
    const others = platform.requests.filter(({ url }) => !url.startsWith(server));
    expect(JSON.stringify(others)).not.toContain('token');
  });

  it('cancels its application’s transaction with the token for it', async () => {
    await run({ start: { ...start, pollToken: 'token' } });
    const cancel = platform.requests.find(({ method }) => method === 'DELETE');
    expect(cancel?.init.headers).toEqual({ authorization: 'Bearer token' });
  });

  it('takes the page’s own origin for the server where none is named', async () => {
    addAgent(1);
    platform.route('POST /v1/challenges', answer(201, start));
    platform.route('GET /v1/transactions/t1', () => Response.json(status));
    const outcome = await platform.run(signInWith(platform, {}));
    expect(outcome.status).toBe('managed');
  });

  it('reads a server URL with trailing slashes', async () => {
    addAgent(1);
    expect(await run({ server: `${server}//` })).toMatchObject({ status: 'managed' });
  });

  it('escapes the transaction in the server’s path', async () => {
    await run({ start: { ...start, transaction: '../t' } });
    expect(platform.count(`DELETE ${server}/v1/transactions/..%2Ft`)).toBe(1);
  });

  it('takes a verdict that is there before the agent’s answer', async () => {
    platform.route(probeRoute(1), answer(200, { agent: 'countersign' }));
    platform.route(deliverRoute(1), (request) => {
      status = decided(true);
      return silence(request);
    });
    expect(await run()).toMatchObject({ status: 'managed' });
  });
});

describe('finding the agent', () => {
  it('probes all ports at once, so that slow refusals do not add up', async () => {
    platform.route(probeRoute(1), silence);
    platform.route(probeRoute(2), silence);
    addAgent(3);
    expect(await run()).toMatchObject({ status: 'managed' });
    expect(platform.now).toBe(0);
  });

  it('prefers the first port of the list where two agents answer', async () => {
    addAgent(3);
    addAgent(2);
    await run();
    expect(platform.count(deliverRoute(2))).toBe(1);
    expect(platform.count(deliverRoute(3))).toBe(0);
  });

  it('goes on to the next agent when one says it is another user’s', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), answer(503));
    addAgent(2);
    expect(await run()).toMatchObject({ status: 'managed' });
    expect(platform.count(deliverRoute(1))).toBe(1);
  });

  it('says so when every agent is another user’s', async () => {
    platform.route(probeRoute(1), answer(503));
    addAgent(2);
    platform.route(deliverRoute(2), answer(503));
    expect(await run()).toMatchObject({ status: 'failed', code: 'agent_other_user' });
  });

  it('passes over other programs on the ports', async () => {
    platform.route(probeRoute(1), () => new Response('<title>dev server</title>'));
    platform.route(probeRoute(2), answer(200, null));
    addAgent(3);
    expect(await run()).toMatchObject({ status: 'managed' });
    expect(platform.count(deliverRoute(1)) + platform.count(deliverRoute(2))).toBe(0);
  });

  it('says that no agent is there, at once, when all ports are closed', async () => {
    platform.permission = 'prompt';
    const outcome = await run();
    expect(outcome).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_not_found' });
    expect(platform.now).toBe(0);
  });

  it('gives up on silent ports after the probe’s time where the permission is granted', async () => {
    for (const port of [1, 2, 3]) platform.route(probeRoute(port), silence);
    expect(await run({ timeouts: { probe: 700 } })).toMatchObject({ code: 'agent_not_found' });
    expect(platform.now).toBe(700);
  });
});

describe('the browser’s permission for the loopback interface', () => {
  it('is told from an absent agent when it is denied', async () => {
    platform.permission = 'denied';
    expect(await run()).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_blocked' });
  });

  it('may take a person’s time to give', async () => {
    platform.permission = 'prompt';
    addAgent(2);
    platform.route(probeRoute(2), async (request) => {
      await platform.delay(30_000, request.init.signal ?? new AbortController().signal);
      platform.permission = 'granted';
      return Response.json({ agent: 'countersign' });
    });
    for (const port of [1, 3]) platform.route(probeRoute(port), silence);
    expect(await run()).toMatchObject({ status: 'managed' });
    expect(platform.now).toBe(30_000);
  });

  it('is announced while the browser seems to be asking', async () => {
    platform.permission = 'prompt';
    for (const port of [1, 2, 3]) platform.route(probeRoute(port), silence);
    await run();
    expect(progress).toContainEqual({ step: 'agent', state: 'waiting_for_permission' });
  });

  it('is not announced when a port has answered', async () => {
    platform.permission = 'prompt';
    addAgent(1);
    platform.route(deliverRoute(1), silence);
    for (const port of [2, 3]) platform.route(probeRoute(port), silence);
    await run();
    expect(progress).not.toContainEqual({ step: 'agent', state: 'waiting_for_permission' });
  });

  it('counts as blocked when nobody has answered the browser’s question', async () => {
    platform.permission = 'prompt';
    for (const port of [1, 2, 3]) platform.route(probeRoute(port), silence);
    expect(await run()).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_blocked' });
    expect(platform.now).toBe(60_000);
  });

  it('is waited for where the browser does not say how it stands', async () => {
    platform.permission = undefined;
    for (const port of [1, 2, 3]) platform.route(probeRoute(port), silence);
    expect(await run()).toMatchObject({ code: 'agent_not_found' });
    expect(platform.now).toBe(60_000);
  });
});

describe('a delivery that fails', () => {
  it('carries the agent’s own code and sentence', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), answer(403, { code: 'origin_refused', detail: 'Not you.' }));
    expect(await run()).toMatchObject({
      status: 'failed',
      step: 'delivery',
      code: 'agent_refused',
      reason: { code: 'origin_refused', message: 'Not you.' },
    });
  });

  it('has no reason where the agent’s answer cannot be read', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), () => new Response('oops', { status: 500 }));
    const outcome = await run();
    expect(outcome).toMatchObject({ code: 'agent_refused' });
    expect(outcome).not.toHaveProperty('reason');
  });

  it('does not try another agent, which might be a less careful one', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), answer(400));
    addAgent(2);
    await run();
    expect(platform.count(deliverRoute(2))).toBe(0);
  });

  it('says that the agent was lost when the connection breaks', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), noAnswer);
    expect(await run()).toMatchObject({ step: 'delivery', code: 'agent_lost' });
  });

  it('yields to a verdict that the agent has left at the server before it broke down', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), (request) => {
      status = decided(true);
      return noAnswer(request);
    });
    expect(await run()).toMatchObject({ status: 'managed' });
  });

  it('names the transaction, for people who ask for help', async () => {
    expect(await run()).toMatchObject({ status: 'failed', transaction: 't1' });
  });

  it('gives the transaction up, so that the next sign-in gets a fresh challenge', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), answer(409));
    await run();
    expect(platform.count(cancelRoute)).toBe(1);
  });
});

describe('a server that fails', () => {
  it('is unreachable at the first step when nothing answers', async () => {
    platform.route(createRoute, noAnswer);
    expect(await run()).toMatchObject({ step: 'challenge', code: 'server_unreachable' });
    expect(platform.count(cancelRoute)).toBe(0);
  });

  it('may refuse to start, with its own code and sentence', async () => {
    platform.route(createRoute, answer(409, { code: 'no_authority', detail: 'Upload a CA.' }));
    expect(await run()).toMatchObject({
      step: 'challenge',
      code: 'server_refused',
      reason: { code: 'no_authority', message: 'Upload a CA.' },
    });
  });

  it.each([429, 500, 503])('is unavailable at the first step when it answers %i', async (code) => {
    platform.route(createRoute, answer(code));
    expect(await run()).toMatchObject({ step: 'challenge', code: 'server_unavailable' });
  });

  it.each([
    ['not JSON', () => new Response('<html>')],
    ['no object', answer(200, null)],
    ['no challenge', answer(200, { ...start, challengeRequest: undefined })],
    ['no transaction', answer(200, { ...start, transaction: 7 })],
    ['no ports', answer(200, { ...start, loopback: {} })],
    ['a port that is none', answer(200, { ...start, loopback: { ports: [80, 65536] } })],
    ['a port that is a text', answer(200, { ...start, loopback: { ports: ['80/x'] } })],
  ])('is not understood when the challenge’s answer has %s', async (_, handler) => {
    platform.route(createRoute, handler);
    expect(await run()).toMatchObject({ step: 'challenge', code: 'server_answer_invalid' });
  });

  it.each([
    ['an unknown status', { transaction: 't1', status: 'maybe' }],
    ['no name', { status: 'refused', result: {} }],
    ['no result', { transaction: 't1', status: 'managed' }],
    ['a result that is none', { transaction: 't1', status: 'managed', result: null }],
  ])('is not understood when the transaction has %s', async (_, body) => {
    addAgent(1);
    platform.route(readRoute, answer(200, body));
    expect(await run()).toMatchObject({ step: 'verdict', code: 'server_answer_invalid' });
  });

  it('is asked again after a passing fault while polling', async () => {
    addAgent(1);
    let looks = 0;
    platform.route(readRoute, (request) => {
      looks++;
      if (looks === 1) return noAnswer(request);
      return looks === 2 ? new Response(null, { status: 502 }) : Response.json(status);
    });
    expect(await run()).toMatchObject({ status: 'managed' });
  });

  it('is unreachable when it stays away while polling', async () => {
    addAgent(1);
    platform.route(readRoute, noAnswer);
    expect(await run()).toMatchObject({ step: 'verdict', code: 'server_unreachable' });
    expect(platform.count(readRoute)).toBe(5);
  });

  it('may fail now and then while polling, as long as it comes back', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), silence);
    let looks = 0;
    platform.route(readRoute, (request) => {
      looks++;
      if (looks === 12) status = decided(true);
      return looks % 2 === 1 ? noAnswer(request) : Response.json(status);
    });
    expect(await run()).toMatchObject({ status: 'managed' });
  });

  it('is what has failed when it stays away while the agent is still answering', async () => {
    addAgent(1);
    platform.route(deliverRoute(1), silence);
    platform.route(readRoute, noAnswer);
    expect(await run()).toMatchObject({ step: 'verdict', code: 'server_unreachable' });
  });

  it('ends the sign-in at once when it no longer knows the transaction', async () => {
    addAgent(1);
    platform.route(readRoute, answer(404, { code: 'transaction_unknown', detail: 'Unknown.' }));
    expect(await run()).toMatchObject({
      code: 'server_refused',
      reason: { code: 'transaction_unknown' },
    });
    expect(platform.count(readRoute)).toBe(1);
  });
});

describe('a sign-in that ends early', () => {
  it('is cancelled by the page’s signal, at the server too', async () => {
    addAgent(1);
    const cancel = new AbortController();
    platform.route(deliverRoute(1), (request) => {
      cancel.abort();
      return silence(request);
    });
    expect(await run({ signal: cancel.signal })).toMatchObject({
      status: 'failed',
      step: 'delivery',
      code: 'cancelled',
    });
    expect(platform.count(cancelRoute)).toBe(1);
    expect(platform.now).toBe(0);
  });

  it('never starts when the signal has fired before', async () => {
    expect(await run({ signal: AbortSignal.abort() })).toMatchObject({
      step: 'challenge',
      code: 'cancelled',
    });
    expect(platform.count(cancelRoute)).toBe(0);
  });

  it('does not wait long for a server that does not hear the cancellation', async () => {
    platform.route(cancelRoute, silence);
    await run({ timeouts: { probe: 900 } });
    expect(platform.now).toBe(900);
  });

  it.each([
    ['expired', 'transaction_expired'],
    ['cancelled', 'transaction_cancelled'],
  ] as const)('says so when the server calls the transaction %s', async (state, code) => {
    addAgent(1, { transaction: 't1', status: state });
    expect(await run()).toMatchObject({ status: 'failed', step: 'verdict', code });
    expect(platform.count(cancelRoute)).toBe(0);
  });

  it('expires by its own time limit where the server never decides', async () => {
    addAgent(1, pending);
    expect(await run()).toMatchObject({ step: 'verdict', code: 'transaction_expired' });
    expect(platform.now).toBe(120_000);
    expect(platform.count(cancelRoute)).toBe(1);
  });

  it('polls more and more slowly', async () => {
    addAgent(1, pending);
    await run();
    expect(platform.count(readRoute)).toBeLessThan(45);
  });

  it('calls the server unreachable where the first request outlasts the time limit', async () => {
    platform.route(createRoute, silence);
    expect(await run()).toMatchObject({ step: 'challenge', code: 'server_unreachable' });
  });
});

it('passes on what the page’s own callback throws', async () => {
  const fault = new Error('the page’s fault');
  await expect(
    run({
      onProgress: () => {
        throw fault;
      },
    }),
  ).rejects.toBe(fault);
});
