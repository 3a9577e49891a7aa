import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerOptions } from '../../../src/server/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { declineOf, TestDevice } from '../../testkit/test-device.ts';
import { readProblem, ServerRig } from './server-rig.ts';

const deepJson = `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`;
const megabytes10 = 'a'.repeat(10 << 20);

describe('bad input over HTTP', () => {
  let rig: ServerRig;

  beforeAll(async () => {
    rig = await ServerRig.start({
      applicationOrigins: ['https://app.example'],
      limits: { requestTimeout: 1000 },
    });
  });
  afterAll(() => rig.close());

  const post = (path: string, type: string, body: string): Promise<Response> =>
    rig.fetch(path, {
      method: 'POST',
      headers: { 'content-type': type, origin: rig.issuer },
      body,
    });

  const proofs = '/v1/proofs';
  const jwt = 'application/jwt';
  const json = 'application/json';
  it.each([
    ['an empty proof', jwt, '', [400, 'jws_malformed']],
    ['a proof that is no JWS', jwt, 'junk', [400, 'jws_malformed']],
    ['a proof of dots', jwt, '.'.repeat(60_000), [400, 'jws_malformed']],
    ['a proof of 64 KiB and one', jwt, 'a'.repeat(65_537), [413, 'body_too_large']],
    ['a proof of 10 MB', jwt, megabytes10, [413, 'body_too_large']],
    [
      'a proof with a deeply nested header',
      jwt,
      `${Buffer.from(deepJson).toString('base64url')}.e30.AA`,
      [400, 'jws_malformed'],
    ],
    ['a decline that is no JSON', json, '{"txn":', [400, 'message_malformed']],
    ['a decline that is no object', json, '[]', [400, 'message_malformed']],
    [
      'a decline that names a member twice',
      json,
      '{"txn":"a","txn":"b"}',
      [400, 'message_malformed'],
    ],
    ['a decline without members', json, '{}', [400, 'claim_missing']],
    ['a decline nested deeply', json, deepJson.slice(0, 3500), [400, 'message_malformed']],
    ['a decline of 10 MB', json, megabytes10, [413, 'body_too_large']],
    [
      'a decline over its own bound',
      json,
      `{"a":"${'x'.repeat(5000)}"}`,
      [413, 'message_too_long'],
    ],
    ['a proof posted as text', 'text/plain', 'a.b.c', [415, 'media_type_unsupported']],
    ['a form', 'application/x-www-form-urlencoded', 'a=b', [415, 'media_type_unsupported']],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      '--x--',
      [415, 'media_type_unsupported'],
    ],
  ])('%s is refused', async (_, type, body, refusal) => {
    expect(await readProblem(await post(proofs, type, body))).toEqual(refusal);
  });

  it('a proof without a body is refused', async () => {
    const response = await rig.fetch(proofs, { method: 'POST' });
    expect(await readProblem(response)).toEqual([415, 'media_type_unsupported']);
  });

  it('a body that is not UTF-8 is refused', async () => {
    const response = await rig.fetch(proofs, {
      method: 'POST',
      headers: { 'content-type': json },
      body: Buffer.from('7b2261223a22ff227d', 'hex'),
    });
    expect(await readProblem(response)).toEqual([400, 'request_malformed']);
  });

  it('a decline with a reason nobody knows is refused', async () => {
    const { challengeRequest } = await rig.browser().start();
    const decline = { ...declineOf(challengeRequest, 'device_no_certificate'), error: 'because' };
    const response = await rig.postDecline(decline);
    expect(await readProblem(response)).toEqual([400, 'claim_value_invalid']);
  });

  it.each([
    ['/nowhere', [404, 'route_not_found']],
    ['/v1/transactions/', [404, 'transaction_unknown']],
    ['/v1/transactions/a/b', [404, 'route_not_found']],
    ['/demo/', [404, 'route_not_found']],
    ['/%zz', [400, 'request_malformed']],
  ])('the address %s is answered with a problem', async (path, refusal) => {
    expect(await readProblem(await rig.fetch(path))).toEqual(refusal);
  });

  it('an address that is too long is answered with a problem', async () => {
    const response = await rig.fetch(`/v1/transactions/${'a'.repeat(5000)}`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await readProblem(response)).toEqual([400, 'request_malformed']);
  });

  it.each([
    ['PUT', '/v1/challenges', 'OPTIONS, POST'],
    ['POST', '/v1/transactions/x', 'OPTIONS, GET, HEAD, DELETE'],
    ['GET', '/v1/proofs', 'POST'],
    ['DELETE', '/.well-known/jwks.json', 'GET, HEAD'],
  ])('the method %s on %s is refused, with those allowed', async (method, path, allowed) => {
    const response = await rig.fetch(path, { method, headers: { origin: rig.issuer } });
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await readProblem(response)).toEqual([405, 'method_not_allowed']);
  });

  it.each([
    ['no origin', undefined],
    ['a foreign origin', 'https://evil.example'],
    ['the null origin of a sandboxed page', 'null'],
    ['an origin that starts like the server’s', '{issuer}.evil.example'],
    ['the server’s origin in another scheme', 'https{rest}'],
  ])('a page of %s starts and cancels nothing', async (_, template) => {
    const origin = template
      ?.replace('{issuer}', rig.issuer)
      .replace('{rest}', rig.issuer.slice('http'.length));
    const headers = { 'content-type': json, ...(origin === undefined ? {} : { origin }) };
    for (const [method, path] of [
      ['POST', '/v1/challenges'],
      ['DELETE', '/v1/transactions/x'],
    ] as const) {
      const response = await rig.fetch(path, { method, headers });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await readProblem(response)).toEqual([403, 'origin_not_allowed']);
    }
  });

  it('an application’s page may start sign-ins, and read answers and errors', async () => {
    const origin = 'https://app.example';
    const browser = rig.browser();
    const preflight = await browser.fetch('/v1/challenges', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    const started = await browser.post('/v1/challenges', {}, { origin });
    const failed = await browser.fetch('/v1/transactions/x', { headers: { origin } });
    expect([started.status, failed.status]).toEqual([200, 404]);
    for (const { headers } of [preflight, started, failed]) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toContain('Origin');
    }
  });

  it('a foreign page’s preflight is refused, and proofs are no page’s to post', async () => {
    const ask = (path: string, origin: string): Promise<Response> =>
      rig.fetch(path, { method: 'OPTIONS', headers: { origin } });
    const foreign = await ask('/v1/challenges', 'https://evil.example');
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(await readProblem(foreign)).toEqual([403, 'origin_not_allowed']);
    expect((await ask('/v1/proofs', 'https://app.example')).status).toBe(405);
  });

  it('every answer tells browsers to run nothing, frame nothing, keep nothing', async () => {
    for (const path of ['/v1/transactions/x', '/nowhere', '/healthz']) {
      const { headers } = await rig.fetch(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  describe('on the bare connection:', () => {
    /** Sends text, waits for the server to close, and returns what came back. */
    function exchange(...parts: readonly (string | number)[]): Promise<string> {
      return new Promise((resolve) => {
        const socket = connect(rig.port, '127.0.0.1');
        let answer = '';
        socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
        // What is sent after the server has closed: its answer is there.
        socket
          .on('error', () => undefined)
          .on('close', () => {
            resolve(answer);
          });
        void (async () => {
          for (const part of parts) {
            if (typeof part === 'number') await delay(part);
            else socket.write(part);
          }
        })();
      });
    }
    const host = (): string => `Host: 127.0.0.1:${rig.port}\r\n`;
    const codeIn = (answer: string): unknown =>
      (JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { code?: unknown }).code;

    it('another Host gets nothing (DNS rebinding), but a health check does', async () => {
      const close = 'Connection: close\r\n\r\n';
      for (const name of ['evil.example', `localhost:${rig.port}`, `evil.example:${rig.port}`]) {
        const answer = await exchange(
          `GET /v1/transactions/x HTTP/1.1\r\nHost: ${name}\r\n${close}`,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 421 /);
        expect(codeIn(answer)).toBe('host_not_allowed');
      }
      const health = await exchange(`GET /healthz HTTP/1.1\r\nHost: 10.0.0.7\r\n${close}`);
      expect(health).toMatch(/^HTTP\/1\.1 200 /);
    });

    it('a header that claims another host is not believed without a trusted proxy', async () => {
      const answer = await exchange(
        `GET /v1/transactions/x HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1:${rig.port}\r\n` +
          'Connection: close\r\n\r\n',
      );
      expect(codeIn(answer)).toBe('host_not_allowed');
    });

    it('what is not HTTP is told so', async () => {
      const answer = await exchange('\x16\x03\x01\x02\x00\x01 this is TLS\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(codeIn(answer)).toBe('request_malformed');
    });

    it('headers over 16 KiB are refused', async () => {
      const answer = await exchange(`GET / HTTP/1.1\r\n${host()}X: ${'x'.repeat(17_000)}\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(codeIn(answer)).toBe('header_too_large');
    });

    it('a body that does not come ends in a time-out', async () => {
      const head = `POST /v1/proofs HTTP/1.1\r\n${host()}Content-Type: application/jwt\r\n`;
      const answer = await exchange(`${head}Content-Length: 1000\r\n\r\nabc`);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(codeIn(answer)).toBe('request_timeout');
    });

    it('headers that drip in end in a time-out', async () => {
      const answer = await exchange('GET / HTTP/1.1\r\n', 300, 'X: 1\r\n', 300, 'Y: 2\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    });

    it('a chunked body is refused at its bound, before it ends', async () => {
      const head = `POST /v1/proofs HTTP/1.1\r\n${host()}Content-Type: application/jwt\r\n`;
      const chunk = `${(40_000).toString(16)}\r\n${'a'.repeat(40_000)}\r\n`;
      const answer = await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`);
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });

    it('two lengths for one body are refused (request smuggling)', async () => {
      const answer = await exchange(
        `POST /v1/proofs HTTP/1.1\r\n${host()}Content-Type: application/jwt\r\n` +
          'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    });
  });
});

describe('rate limits', () => {
  it('bound each kind of request by address, and say when to come again', async () => {
    const rig = await ServerRig.start({
      limits: { challengesPerMinute: 2, proofsPerMinute: 1, requestsPerMinute: 3 },
    });
    const start = () => rig.browser().post('/v1/challenges', {});
    expect([(await start()).status, (await start()).status]).toEqual([200, 200]);
    const limited = await start();
    expect(limited.headers.get('retry-after')).toBe('30');
    expect(await readProblem(limited)).toEqual([429, 'rate_limited']);

    expect((await rig.postProof('junk')).status).toBe(400);
    expect((await rig.postProof('junk')).status).toBe(429);

    const paths = ['/nowhere', '/v1/transactions/x', '/nowhere', '/.well-known/jwks.json'];
    const statuses = [];
    for (const path of paths) statuses.push((await rig.fetch(path)).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await rig.fetch('/healthz')).status).toBe(200);

    rig.clock.advance(30_000);
    expect((await start()).status).toBe(200);
    await rig.close();
  });

  it('a limited proof is not taken: the agent may send it again', async () => {
    const rig = await ServerRig.start({ limits: { proofsPerMinute: 1 } });
    const device = new TestDevice(rig.root.issue());
    const { challengeRequest } = await rig.browser().start();
    const proof = device.prove(challengeRequest, rig.clock.now());
    await rig.postProof('junk');
    expect((await rig.postProof(proof)).status).toBe(429);
    rig.clock.advance(60_000);
    expect((await rig.postProof(proof)).status).toBe(200);
    await rig.close();
  });

  it('count the client that a trusted proxy names, and nobody else’s word', async () => {
    const limits = { requestsPerMinute: 1 };
    const ask = (rig: ServerRig, client: string): Promise<Response> =>
      rig.fetch('/.well-known/jwks.json', { headers: { 'x-forwarded-for': client } });
    const open = await ServerRig.start({ limits });
    expect((await ask(open, '192.0.2.1')).status).toBe(200);
    expect((await ask(open, '192.0.2.2')).status).toBe(429);
    await open.close();
    const proxied = await ServerRig.start({ limits, trustedProxies: ['127.0.0.1'] });
    expect((await ask(proxied, '192.0.2.1')).status).toBe(200);
    expect((await ask(proxied, '192.0.2.2')).status).toBe(200);
    expect((await ask(proxied, '192.0.2.2')).status).toBe(429);
    await proxied.close();
  });
});

describe('a server that speaks plain http on a network address', () => {
  const behind = (proxy: string): Promise<ServerRig> =>
    ServerRig.start({
      listen: { host: '0.0.0.0', port: 0 },
      issuer: 'https://auth.example',
      trustedProxies: [proxy],
    });
  const ask = ({ port }: ServerRig, path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { 'x-forwarded-host': 'auth.example', 'x-forwarded-proto': 'https' },
    });
  const jwks = '/.well-known/jwks.json';

  it.each(['127.0.0.1', '127.0.0.0/8'])('answers its reverse proxy, named as %s', async (proxy) => {
    const rig = await behind(proxy);
    const response = await ask(rig, jwks);
    expect(response.status).toBe(200);
    expect(response.headers.get('strict-transport-security')).not.toBeNull();
    await rig.close();
  });

  it.each(['127.0.0.2', '10.0.0.0/8', '::1'])('answers nobody but %s', async (proxy) => {
    const rig = await behind(proxy);
    expect(await readProblem(await ask(rig, jwks))).toEqual([403, 'https_required']);
    expect((await ask(rig, '/healthz')).status).toBe(200);
    await rig.close();
  });
});

describe('a server with a TLS certificate', () => {
  const ca = TestCa.root();
  const certificate = ca.issue({ commonName: 'localhost', extendedKeyUsage: [] });
  const options: Partial<ServerOptions> = {
    tls: { certificate: certificate.pem, privateKey: certificate.keyPem },
    issuer: 'https://auth.example',
  };

  function ask(port: number, maxVersion: 'TLSv1.1' | 'TLSv1.3'): Promise<string> {
    return new Promise((resolve, reject) => {
      const settings = { port, ca: ca.certificate.pem, checkServerIdentity: () => undefined };
      const versions = { minVersion: 'TLSv1' as const, maxVersion, ciphers: 'ALL:@SECLEVEL=0' };
      const socket = connectTls({ ...settings, ...versions }, () => {
        socket.write(
          'POST /v1/challenges HTTP/1.1\r\nHost: auth.example\r\nOrigin: https://auth.example\r\n' +
            'Content-Length: 0\r\nConnection: close\r\n\r\n',
        );
      });
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      socket.on('error', reject).on('close', () => {
        resolve(answer);
      });
    });
  }

  it('speaks TLS 1.2 and later, with cookies and headers for https alone', async () => {
    const rig = await ServerRig.start(options);
    const { port } = rig;
    const answer = await ask(port, 'TLSv1.3');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(
      /^set-cookie: __Host-countersign=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure\r$/im,
    );
    expect(answer).toMatch(/^strict-transport-security: max-age=31536000\r$/im);
    expect(answer).toContain('"challengeRequest"');
    await expect(ask(port, 'TLSv1.1')).rejects.toThrow();
    await rig.close();
  });
});
