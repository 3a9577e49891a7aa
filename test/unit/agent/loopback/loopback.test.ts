/** The loopback endpoint over real sockets: every rule of docs/protocol.md, "Loopback endpoint". */
import { EventEmitter, once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { Agent as HttpAgent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AgentError,
  startLoopback,
  type ChallengeDelivery,
  type LoopbackListener,
  type LoopbackOptions,
  type PeerOwner,
} from '../../../../src/agent/index.ts';
import { silentLogger, systemClock } from '../../../../src/core/index.ts';
import { protocolLimits } from '../../../../src/protocol/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { freePorts } from '../../../testkit/free-ports.ts';
import { askLoopback, deliver, problemCode } from '../../../testkit/loopback-client.ts';

const page = 'https://login.example.com';
const open: LoopbackListener[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((listener) => listener.close(100)));
});

async function start(changes: Partial<LoopbackOptions> = {}): Promise<LoopbackListener> {
  const listener = await startLoopback({
    ports: await freePorts(1),
    origins: [page],
    ownership: { ownerOf: () => Promise.resolve('same_user') },
    answer: () => Promise.resolve(),
    clock: systemClock,
    logger: silentLogger,
    ...changes,
  });
  open.push(listener);
  return listener;
}

function ownedBy(owner: PeerOwner): Pick<LoopbackOptions, 'ownership'> {
  return { ownership: { ownerOf: () => Promise.resolve(owner) } };
}

/** What an agent does with challenges: it takes as long as it is let. */
class Work {
  readonly #events = new EventEmitter();
  readonly #finished = once(this.#events, 'finish');
  #begun = 0;

  readonly answer = (): Promise<unknown> => {
    this.#begun += 1;
    this.#events.emit('begin');
    return this.#finished;
  };

  async untilBegun(count: number): Promise<void> {
    while (this.#begun < count) await once(this.#events, 'begin');
  }

  finish(): void {
    this.#events.emit('finish');
  }
}

/** Opens a connection that says what it is told. */
async function dial(port: number, text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

async function answerTo(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

describe('GET /probe', () => {
  it('says that an agent is there, and nothing else', async () => {
    const { port } = await start();
    const answer = await askLoopback({ port, path: '/probe', origin: page });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ agent: 'countersign' });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': page,
      vary: 'Origin',
      'cache-control': 'no-store',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('is answered on both address families and by every name of this machine', async () => {
    const { port, addresses } = await start();
    expect(addresses).toEqual(['127.0.0.1', '::1']);
    for (const [address, host] of [
      ['127.0.0.1', 'localhost'],
      ['127.0.0.1', '127.0.0.1'],
      ['::1', '[::1]'],
    ] as const) {
      const headers = { host: `${host}:${port}` };
      const answer = await askLoopback({ port, path: '/probe', origin: page, address, headers });
      expect(answer.status).toBe(200);
    }
  });

  it('is answered while a challenge is being worked on', async () => {
    const work = new EventEmitter();
    const reached = once(work, 'start');
    const answer = (): Promise<unknown> => {
      work.emit('start');
      return once(work, 'finish');
    };
    const { port } = await start({ answer });
    let answered = false;
    const delivered = deliver(port, page, 'a.b.c').finally(() => {
      answered = true;
    });
    await reached;
    expect((await askLoopback({ port, path: '/probe', origin: page })).status).toBe(200);
    expect(answered).toBe(false);
    work.emit('finish');
    expect((await delivered).status).toBe(200);
  });
});

describe('a preflight', () => {
  it.each([
    ['/probe', 'GET'],
    ['/challenge', 'POST'],
  ])('of %s allows what the field’s clients send', async (path, method) => {
    const { port } = await start();
    const answer = await askLoopback({
      port,
      path,
      origin: page,
      method: 'OPTIONS',
      headers: {
        'access-control-request-method': method,
        'access-control-request-headers': 'content-type,x-okta-xsrftoken',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': method,
      'access-control-allow-headers': 'content-type, x-okta-xsrftoken',
      vary: 'Origin',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-private-network');
  });

  it.each(['private', 'local'])('allows %s network access where asked', async (network) => {
    const { port } = await start();
    const answer = await askLoopback({
      port,
      path: '/probe',
      origin: page,
      method: 'OPTIONS',
      headers: { [`access-control-request-${network}-network`]: 'true' },
    });
    expect(answer.headers[`access-control-allow-${network}-network`]).toBe('true');
  });

  it('of a foreign origin is refused without a word', async () => {
    const { port } = await start();
    const origin = 'https://evil.test';
    const answer = await askLoopback({ port, path: '/probe', origin, method: 'OPTIONS' });
    expect(answer).toMatchObject({ status: 403, body: '' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('a request that may not be answered', () => {
  const asked: ChallengeDelivery[] = [];
  const noting = {
    answer: (delivery: ChallengeDelivery) => {
      asked.push(delivery);
      return Promise.resolve();
    },
  };

  it.each(['https://evil.test', 'null', undefined])(
    'is refused without a word: origin %s',
    async (origin) => {
      const { port } = await start(noting);
      const body = '{"challengeRequest":"a"}';
      const request = { port, path: '/challenge', origin, method: 'POST', body };
      const answer = await askLoopback(request);
      expect(answer).toMatchObject({ status: 403, body: '' });
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers.vary).toBe('Origin');
      expect(asked).toEqual([]);
    },
  );

  it.each(['rebound.evil.test', 'localhost:1', '127.0.0.1'])(
    'is refused without a word: host %s',
    async (host) => {
      const { port } = await start(noting);
      const headers = { host: host.includes(':') ? host : `${host}:80` };
      const answer = await askLoopback({ port, path: '/probe', origin: page, headers });
      expect(answer).toMatchObject({ status: 403, body: '' });
    },
  );

  it('is logged with its reason, but a flood of them does not fill the log', async () => {
    const lines: unknown[] = [];
    const logger = { ...silentLogger, warn: (_: string, fields: unknown) => lines.push(fields) };
    const { port } = await start({ logger });
    const host = `evil.test:${port}`;
    await askLoopback({ port, path: '/probe', origin: page, headers: { host } });
    const origin = 'https://evil.test';
    for (let i = 0; i < 30; i++) await askLoopback({ port, path: '/probe', origin });
    expect(lines.slice(0, 2)).toMatchObject([
      { code: 'host_refused', host },
      { code: 'origin_refused', origin },
    ]);
    expect(lines.length).toBeLessThanOrEqual(11);
  });

  it('of another user gets 503 that the page can see, for probe and challenge', async () => {
    const { port } = await start({ ...noting, ...ownedBy('other_user') });
    const probe = await askLoopback({ port, path: '/probe', origin: page });
    const challenge = await deliver(port, page, 'a.b.c');
    for (const answer of [probe, challenge]) {
      expect(answer.status).toBe(503);
      expect(problemCode(answer)).toBe('peer_other_user');
      expect(answer.headers['access-control-allow-origin']).toBe(page);
    }
    const method = 'OPTIONS';
    const preflight = await askLoopback({ port, path: '/challenge', origin: page, method });
    expect(preflight.status).toBe(204);
    expect(asked).toEqual([]);
  });

  it('of nobody knows whom is taken for another user’s', async () => {
    const ownership = { ownerOf: () => Promise.reject(new Error('the tables cannot be read')) };
    const { port } = await start({ ...noting, ownership });
    const answer = await deliver(port, page, 'a.b.c');
    expect([answer.status, problemCode(answer)]).toEqual([503, 'peer_other_user']);
    expect(asked).toEqual([]);
  });

  it('is answered where the system cannot tell whose it is', async () => {
    const { port } = await start(ownedBy('not_checked'));
    expect((await deliver(port, page, 'a.b.c')).status).toBe(200);
  });

  it.each([
    ['another path', 404, 'route_unknown', { path: '/other' }],
    ['a path with a query', 404, 'route_unknown', { path: '/probe?x=1' }],
    ['another method', 405, 'method_refused', { path: '/probe', method: 'POST' }],
    ['another method', 405, 'method_refused', { path: '/challenge', method: 'GET' }],
    [
      'another media type',
      415,
      'media_type_refused',
      {
        path: '/challenge',
        method: 'POST',
        body: '{"challengeRequest":"a"}',
        headers: { 'content-type': 'text/plain' },
      },
    ],
    ['junk', 400, 'message_malformed', { path: '/challenge', method: 'POST', body: 'junk' }],
    [
      'ill-formed UTF-8',
      400,
      'message_malformed',
      { path: '/challenge', method: 'POST', body: Buffer.of(0xff, 0xfe) },
    ],
    ['no challenge', 400, 'claim_missing', { path: '/challenge', method: 'POST', body: '{}' }],
    [
      'deep nesting',
      400,
      'message_malformed',
      { path: '/challenge', method: 'POST', body: '['.repeat(60_000) },
    ],
    [
      '10 MB',
      413,
      'body_too_large',
      { path: '/challenge', method: 'POST', body: 'a'.repeat(10_000_000) },
    ],
  ])('is refused with its code: %s', async (_, status, code, request) => {
    const { port } = await start(noting);
    const answer = await askLoopback({ port, origin: page, ...request });
    expect(answer.status).toBe(status);
    expect(problemCode(answer)).toBe(code);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': page,
      'content-type': 'application/problem+json',
    });
    expect(asked).toEqual([]);
  });

  it('is refused where it announces a body beyond the bound, before any of it is there', async () => {
    const { port } = await start(noting);
    const length = protocolLimits.loopbackBodyBytes + 1;
    const head = `POST /challenge HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${page}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await answerTo(await dial(port, head))).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is cut off where a chunked body grows beyond the bound', async () => {
    const { port } = await start(noting);
    const head = `POST /challenge HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${page}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const socket = await dial(port, head);
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
    for (let i = 0; i < 8; i++) socket.write(chunk);
    expect(await answerTo(socket)).toContain('413');
  });

  it('is refused where its head is larger than 8 KiB', async () => {
    const { port } = await start(noting);
    const socket = await dial(
      port,
      `GET /probe HTTP/1.1\r\nHost: localhost:${port}\r\nX: ${'a'.repeat(9000)}\r\n\r\n`,
    );
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('is refused where its body does not arrive in time', async () => {
    const { port } = await start({ ...noting, limits: { bodyTimeoutMs: 50 } });
    const head = `POST /challenge HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${page}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`;
    const text = await answerTo(await dial(port, head));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('body_timeout');
  });
});

describe('an answer to a challenge', () => {
  it('says delivered once the agent is done with it', async () => {
    const asked: ChallengeDelivery[] = [];
    const { port } = await start({
      answer: (delivery) => {
        asked.push(delivery);
        return Promise.resolve({ managed: true });
      },
    });
    const answer = await deliver(port, page, 'a.b.c');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ status: 'delivered' });
    expect(asked).toEqual([{ challengeRequest: 'a.b.c', origin: page }]);
  });

  it('tells the page a code and its sentence, and no more of what went wrong here', async () => {
    const { port } = await start({
      answer: () =>
        Promise.reject(
          new AgentError('server_unreachable', { message: 'proxy secret.internal said no' }),
        ),
    });
    const answer = await deliver(port, page, 'a.b.c');
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:countersign:error:server_unreachable',
      status: 502,
      code: 'server_unreachable',
      detail: 'The server cannot be reached from this device.',
    });
  });

  it('tells nothing of an unexpected failure', async () => {
    const { port } = await start({ answer: () => Promise.reject(new TypeError('at /home/me')) });
    const answer = await deliver(port, page, 'a.b.c');
    expect(answer.status).toBe(500);
    expect(problemCode(answer)).toBe('agent_failed');
    expect(answer.body).not.toContain('/home/me');
  });

  it('is never 503 but for another user', async () => {
    const { port } = await start({ answer: () => Promise.reject(new AgentError('agent_failed')) });
    expect((await deliver(port, page, 'a.b.c')).status).toBe(500);
  });
});

describe('the bounds of the endpoint', () => {
  it('hold an origin to its pace', async () => {
    const { port } = await start({ limits: { rate: { burst: 2, perSecond: 0.001 } } });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await deliver(port, page, 'a.b.c')).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await askLoopback({ port, path: '/probe', origin: page })).status).toBe(200);
  });

  it('hold the number of challenges at a time', async () => {
    const work = new Work();
    const { port } = await start({ answer: work.answer, limits: { maxConcurrent: 2 } });
    const first = [deliver(port, page, 'a.b.c'), deliver(port, page, 'a.b.c')];
    await work.untilBegun(2);
    expect((await deliver(port, page, 'a.b.c')).status).toBe(429);
    work.finish();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await deliver(port, page, 'a.b.c')).status).toBe(200);
  });

  it('keep a connection that is silent, as a browser holds one while it asks its user', async () => {
    const { port } = await start({ limits: { sweepMs: 10 } });
    const socket = await dial(port);
    await sleep(100);
    socket.write(
      `GET /probe HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${page}\r\nConnection: close\r\n\r\n`,
    );
    expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('end a connection that is stuck in the middle of a request head', async () => {
    const { port } = await start({ limits: { sweepMs: 20 } });
    const socket = await dial(port, 'GET /probe HTTP/1.1\r\nHost: loc');
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
  });

  it('keep a connection between two requests', async () => {
    const { port } = await start({ limits: { sweepMs: 10 } });
    const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
    const ask = () => askLoopback({ port, path: '/probe', origin: page, agent });
    await ask();
    const [socket] = Object.values(agent.freeSockets).flat();
    await sleep(60);
    await ask();
    expect(Object.values(agent.freeSockets).flat()).toEqual([socket]);
    agent.destroy();
  });

  it('let a new connection take the place of the oldest idle one', async () => {
    const { port } = await start({ limits: { maxConnections: 3 } });
    const idle = [await dial(port), await dial(port), await dial(port)];
    const [oldest] = idle;
    const closed = oldest === undefined ? undefined : once(oldest, 'close');
    expect((await askLoopback({ port, path: '/probe', origin: page })).status).toBe(200);
    await closed;
    expect(idle.map((socket) => socket.destroyed)).toEqual([true, false, false]);
  });

  it('leave other users only a few connections', async () => {
    const { port } = await start({ ...ownedBy('other_user'), limits: { maxForeign: 2 } });
    const foreign = [await dial(port), await dial(port), await dial(port)];
    const [, , last] = foreign;
    if (last !== undefined) await once(last, 'close');
    expect(foreign.map((socket) => socket.destroyed)).toEqual([false, false, true]);
  });
});

describe('the choice of the port', () => {
  async function occupy(port: number, address: string): Promise<() => Promise<void>> {
    const server = createServer().listen(port, address);
    await once(server, 'listening');
    return async () => {
      server.close();
      await once(server, 'close');
    };
  }

  it.each(['127.0.0.1', '::1'])('passes over a port that is taken on %s', async (address) => {
    const ports = await freePorts(2);
    const release = await occupy(ports[0] ?? 0, address);
    const { port, addresses } = await start({ ports });
    expect(port).toBe(ports[1]);
    expect(addresses).toEqual(['127.0.0.1', '::1']);
    await release();
  });

  it('fails with every port named where none is free', async () => {
    const ports = await freePorts(2);
    const releases = [await occupy(ports[0] ?? 0, '127.0.0.1'), await occupy(ports[1] ?? 0, '::1')];
    const attempt = start({ ports });
    expect(await codeOfRejection(attempt)).toBe('no_port_free');
    await expect(attempt).rejects.toThrow(`${ports[0] ?? 0}, ${ports[1] ?? 0}`);
    for (const release of releases) await release();
  });
});

describe('closing', () => {
  it('lets a challenge under way finish, and ends idle connections at once', async () => {
    const work = new Work();
    const listener = await start({ answer: work.answer });
    const idle = await dial(listener.port);
    const answer = deliver(listener.port, page, 'a.b.c');
    await work.untilBegun(1);
    const closed = listener.close(60_000);
    await once(idle, 'close');
    work.finish();
    expect((await answer).status).toBe(200);
    await closed;
  });

  it('ends what does not finish within the grace', async () => {
    const work = new Work();
    const listener = await start({ answer: work.answer });
    const answer = deliver(listener.port, page, 'a.b.c').catch((error: unknown) => error);
    await work.untilBegun(1);
    await listener.close(50);
    expect(await answer).toBeInstanceOf(Error);
  });
});
