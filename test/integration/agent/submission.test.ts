/** How answers get to the server: TLS and its trust, proxies, time-outs, and never twice. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProxySettings, TrustedServer } from '../../../src/agent/index.ts';
import {
  ServerClient,
  type ServerClientLimits,
  type Submission,
} from '../../../src/agent/submission/server-client.ts';
import { silentLogger, systemClock, systemRandom, type Clock } from '../../../src/core/index.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { ConnectProxy } from '../../testkit/connect-proxy.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { der, derExtension, TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const limits = { connectMs: 30_000, totalMs: 30_000, maxAnswerBytes: 4096, attempts: 3 };
const patience = { timeout: 30_000 };
const impatient = { ...limits, connectMs: 400 };

let server: AuthenticationServer;
let delays: number[];
/** What happens while the client waits between two attempts. */
let meanwhile: () => void;
let clock: Clock;

beforeEach(async () => {
  meanwhile = () => undefined;
  clock = systemClock;
  server = await AuthenticationServer.start(localhostCertificate(tlsCa), [tlsCa]);
  delays = [];
});
afterEach(async () => {
  await server.close();
});

function client(
  caFile: string | undefined,
  proxy?: ProxySettings,
  bounds: ServerClientLimits = limits,
): ServerClient {
  return new ServerClient({
    proxy,
    caFile,
    clock,
    random: systemRandom,
    logger: silentLogger,
    limits: bounds,
    sleep: (milliseconds) => {
      delays.push(milliseconds);
      meanwhile();
      return Promise.resolve();
    },
  });
}

function trusted(issuer = server.issuer, caFile?: string): TrustedServer {
  const keys = { kind: 'fetched', jwksUri: `${issuer}/jwks` } as const;
  return { issuer, keys, origins: [issuer], caFile };
}

function tlsCaFile(ca = tlsCa): string {
  const file = path.join(scratchDirectory(), 'ca.pem');
  writeFileSync(file, ca.certificate.pem);
  return file;
}

function submit(using: ServerClient, to = trusted()): Promise<Submission> {
  return using.submit(to, `${to.issuer}/v1/proofs`, 'application/jwt', 'a.b.c');
}

function codeOf(submission: Submission): readonly [string, boolean] {
  return submission.ok
    ? [submission.answer.code, true]
    : [submission.error.code, submission.processed];
}

describe('an answer', () => {
  it('gets to the server once, and the server’s word comes back', async () => {
    const submission = await submit(client(tlsCaFile()));
    expect(submission).toMatchObject({ ok: true, answer: { managed: true } });
    expect(server.posted).toEqual([{ mediaType: 'application/jwt', body: 'a.b.c' }]);
  });

  it('is sent to a server whose authority only that server’s own caFile names', async () => {
    const submission = await submit(client(undefined), trusted(server.issuer, tlsCaFile()));
    expect(submission.ok).toBe(true);
  });

  it.each([
    [400, 'server_refused', true, { type: 'x', status: 400, code: 'proof_late', detail: 'Late.' }],
    [500, 'server_answer_invalid', true, '<html>'],
    [302, 'server_answer_invalid', true, ''],
    [200, 'server_answer_invalid', true, { managed: 'yes' }],
    [200, 'server_answer_invalid', true, 'junk'],
    [200, 'server_answer_invalid', true, 'a'.repeat(10_000)],
    [503, 'server_refused', false, { code: 'server_busy', detail: 'Busy.' }],
    [429, 'server_refused', false, { code: 'rate_limited', detail: 'Slow down.' }],
  ])('that is answered %i is final: %s', async (status, code, processed, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    server.answer = () => ({ status, headers: { location: '/elsewhere' }, body: text });
    expect(codeOf(await submit(client(tlsCaFile())))).toEqual([code, processed]);
    expect(server.posted).toHaveLength(1);
  });

  it('that is answered in another media type is not believed', async () => {
    server.answer = () => ({ ...server.verdict(true), headers: { 'content-type': 'text/plain' } });
    expect(codeOf(await submit(client(tlsCaFile())))[0]).toBe('server_answer_invalid');
  });

  it('names the server’s code and sentence where it was refused', async () => {
    const body = JSON.stringify({ code: 'transaction_expired', detail: 'Start again.' });
    server.answer = () => ({ status: 410, body });
    const submission = await submit(client(tlsCaFile()));
    expect(submission.ok ? '' : submission.error.message).toBe(
      'The server answered 410: transaction_expired: Start again.',
    );
  });

  it.each([429, 503])('is sent again after a %i that says when', async (status) => {
    server.answer = () =>
      server.posted.length === 1
        ? { status, headers: { 'retry-after': '1' }, body: '{}' }
        : server.verdict(true);
    expect((await submit(client(tlsCaFile()))).ok).toBe(true);
    expect(server.posted).toHaveLength(2);
    expect(delays).toHaveLength(1);
    expect(delays[0]).toBeGreaterThanOrEqual(1000);
  });

  it('is not sent again where the server asks for more patience than there is time', async () => {
    server.answer = () => ({ status: 503, headers: { 'retry-after': '60' }, body: '{}' });
    await submit(client(tlsCaFile()));
    expect({ posted: server.posted.length, delays }).toEqual({ posted: 1, delays: [] });
  });

  it('is not waited for any longer where the clock is set back meanwhile', async () => {
    const stepped = new FakeClock();
    clock = stepped;
    meanwhile = () => {
      stepped.advance(-24 * 3_600_000);
    };
    server.answer = () => ({
      ...{ status: 503, body: '{}' },
      headers: { 'retry-after': server.posted.length === 1 ? '1' : '60' },
    });
    await submit(client(tlsCaFile()));
    expect({ posted: server.posted.length, delays: delays.length }).toEqual({
      posted: 2,
      delays: 1,
    });
  });

  it('is sent a bounded number of times', async () => {
    server.answer = () => ({ status: 503, headers: { 'retry-after': '0' }, body: '{}' });
    await submit(client(tlsCaFile()));
    expect(server.posted).toHaveLength(3);
  });

  it('is not sent again where the server goes silent after taking it', async () => {
    server.answer = () => new Promise(() => undefined);
    const using = client(tlsCaFile(), undefined, { ...limits, totalMs: 3_000 });
    expect(codeOf(await submit(using))).toEqual(['server_timeout', true]);
    expect(server.posted).toHaveLength(1);
  });
});

describe('a server that cannot be trusted', () => {
  it.each<[string, () => Promise<void>]>([
    ['an authority that nobody named', () => Promise.resolve()],
    [
      'another name',
      async () => {
        const names = der(0x30, der(0x82, Buffer.from('other.test')));
        await restart({ extraExtensions: [derExtension('2.5.29.17', false, names)] });
      },
    ],
    ['an expired certificate', () => restart({ notAfter: new Date(Date.now() - 1000) })],
  ])('gets nothing: %s', async (what, prepare) => {
    await prepare();
    const file = tlsCaFile(what.startsWith('an authority') ? TestCa.root() : tlsCa);
    expect(codeOf(await submit(client(file)))).toEqual(['server_tls_untrusted', false]);
    expect(server.posted).toEqual([]);
    expect(delays).toEqual([]);
  });

  async function restart(options: Parameters<TestCa['issue']>[0]): Promise<void> {
    await server.close();
    const certificate = tlsCa.issue({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'], ...options });
    server = await AuthenticationServer.start(certificate, [tlsCa]);
  }

  it('gets nothing where the file of further authorities is no such thing', async () => {
    const file = path.join(scratchDirectory(), 'ca.pem');
    writeFileSync(file, 'junk');
    expect(codeOf(await submit(client(file)))).toEqual(['ca_file_invalid', false]);
    expect(codeOf(await submit(client(`${file}.missing`)))).toEqual(['ca_file_invalid', false]);
  });
});

describe('a server that cannot be reached', () => {
  it('is tried again, since nothing was sent, and given up in the end', async () => {
    const [port = 0] = await freePorts(1);
    const submission = await submit(client(tlsCaFile()), trusted(`https://localhost:${port}`));
    expect(codeOf(submission)).toEqual(['server_unreachable', false]);
    expect(delays).toHaveLength(2);
  });

  it('is given up where its name leads nowhere', async () => {
    const submission = await submit(client(tlsCaFile()), trusted('https://nowhere.invalid'));
    expect(codeOf(submission)).toEqual(['server_unreachable', false]);
  });

  it('is given up where it accepts and never speaks TLS, with no connection left open', async () => {
    const sockets: Socket[] = [];
    const mute = await listen((socket) => sockets.push(socket.resume()));
    const { port } = mute.address() as AddressInfo;
    const using = client(tlsCaFile(), undefined, impatient);
    const submission = await submit(using, trusted(`https://localhost:${port}`));
    expect(codeOf(submission)).toEqual(['server_unreachable', false]);
    expect(submission.ok ? '' : submission.error.message).toContain('connecting took too long');
    await expect.poll(() => sockets.length, patience).toBe(limits.attempts);
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed), patience).toBe(true);
    mute.close();
  });

  it('is tried again where the connection breaks during the TLS handshake', async () => {
    let connections = 0;
    const breaking = await listen((socket) => {
      connections++;
      socket.once('data', () => socket.destroy());
    });
    const { port } = breaking.address() as AddressInfo;
    const submission = await submit(client(tlsCaFile()), trusted(`https://localhost:${port}`));
    expect(codeOf(submission)).toEqual(['server_unreachable', false]);
    expect(connections).toBe(3);
    breaking.close();
  });

  async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    return tcp;
  }
});

describe('a proxy', () => {
  let proxy: ConnectProxy;

  beforeEach(async () => {
    const names = der(0x30, der(0x82, Buffer.from('id.example.test')));
    await server.close();
    server = await AuthenticationServer.start(
      tlsCa.issue({
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
        extraExtensions: [derExtension('2.5.29.17', false, names)],
      }),
      [tlsCa],
    );
    proxy = await ConnectProxy.start(server.port);
  });
  afterEach(async () => {
    await proxy.close();
  });

  const behind = trusted.bind(undefined, 'https://id.example.test');

  it('carries the answer in a tunnel: TLS is with the server, not with the proxy', async () => {
    const using = client(tlsCaFile(), { url: proxy.url, noProxy: [] });
    expect((await submit(using, behind())).ok).toBe(true);
    expect(proxy.asked).toEqual(['id.example.test:443']);
    expect(server.posted).toHaveLength(1);
  });

  it('carries the request for the server’s keys', async () => {
    const using = client(tlsCaFile(), { url: proxy.url, noProxy: [] });
    const text = await using.fetchKeySet('https://id.example.test/jwks', behind());
    expect(JSON.parse(text)).toEqual(await server.keySet());
    expect(proxy.asked).toEqual(['id.example.test:443']);
  });

  it('is not used for servers that the settings except', async () => {
    const using = client(tlsCaFile(), { url: proxy.url, noProxy: ['example.test'] });
    expect(codeOf(await submit(using, behind()))[0]).toBe('server_unreachable');
    expect(proxy.asked).toEqual([]);
  });

  it.each([403, 407, 502])('that says %i ends the attempt; nothing was sent', async (status) => {
    proxy.status = status;
    const using = client(tlsCaFile(), { url: proxy.url, noProxy: [] });
    const submission = await submit(using, behind());
    expect(codeOf(submission)).toEqual(['proxy_refused', false]);
    expect(submission.ok ? '' : submission.error.message).toContain(String(status));
    expect(server.posted).toEqual([]);
  });

  it('that never answers is given up in time, and its connection is ended', async () => {
    proxy.silent = true;
    const using = client(tlsCaFile(), { url: proxy.url, noProxy: [] }, impatient);
    expect(codeOf(await submit(using, behind()))).toEqual(['server_unreachable', false]);
    await expect.poll(() => proxy.connections, patience).toBe(0);
  });
});

describe('the key set of a server', () => {
  it('is given back as text', async () => {
    const text = await client(tlsCaFile()).fetchKeySet(`${server.issuer}/jwks`, trusted());
    expect(JSON.parse(text)).toEqual(await server.keySet());
  });

  it.each([
    ['an error', { status: 404, body: '{}' }],
    ['a redirect', { status: 302, headers: { location: '/jwks' }, body: '{}' }],
    ['a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['too much', { status: 200, body: 'a'.repeat(10_000) }],
  ])('cannot be had where the server answers with %s', async (_, answer) => {
    server.keySetAnswer = answer;
    const fetched = client(tlsCaFile()).fetchKeySet(`${server.issuer}/jwks`, trusted());
    expect(await codeOfRejection(fetched)).toBe('server_keys_unavailable');
    expect(server.keySetRequests).toBe(1);
  });
});
