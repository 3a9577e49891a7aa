import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/core/index.ts';
import { OidcRig, redirectUri } from './oidc-rig.ts';

const form = 'application/x-www-form-urlencoded';

describe('OpenID Connect, given hostile requests,', () => {
  let rig: OidcRig;
  let secret: string;
  const logged: string[] = [];
  const note = (message: string, fields?: unknown): void => {
    logged.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { error: note, warn: note, info: note, debug: note };

  beforeAll(async () => {
    rig = await OidcRig.start({ logger });
    secret = await rig.register();
  });
  afterAll(() => rig.close());

  const authorize = (parameters: Record<string, string>): Promise<Response> =>
    rig.server.fetch(`/oidc/auth?${new URLSearchParams(parameters).toString()}`);

  it.each<[string, string, RequestInit]>([
    [
      'junk for a token request',
      '/oidc/token',
      { method: 'POST', headers: { 'content-type': form }, body: '\u0000%%%' },
    ],
    [
      'a token request in JSON',
      '/oidc/token',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
    ],
    ['a token request without a body', '/oidc/token', { method: 'POST' }],
    [
      'credentials that are no Base64',
      '/oidc/token',
      {
        method: 'POST',
        headers: { 'content-type': form, authorization: 'Basic %%%' },
        body: 'grant_type=authorization_code&code=x',
      },
    ],
    [
      'parameters twice',
      '/oidc/token',
      {
        method: 'POST',
        headers: { 'content-type': form },
        body: 'grant_type=authorization_code&grant_type=implicit&client_id=example-app',
      },
    ],
    [
      'a grant that is not offered',
      '/oidc/token',
      {
        method: 'POST',
        headers: { 'content-type': form },
        body: 'grant_type=password&username=a&password=b&client_id=example-app',
      },
    ],
  ])(
    'answers %s with a refusal in JSON that says nothing of its insides',
    async (_name, path, init) => {
      const response = await rig.server.fetch(path, init);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      const text = await response.text();
      expect(() => JSON.parse(text) as unknown).not.toThrow();
      expect(text).not.toMatch(/\bat .*:\d+|node_modules/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
    },
  );

  it.each([
    ['no parameter at all', {}],
    ['a client that does not exist', { client_id: 'nobody', response_type: 'code' }],
    ['a client id of ten thousand characters', { client_id: 'a'.repeat(10_000) }],
    ['a client id with control characters', { client_id: '\u0000\u001b' }],
  ])('answers an authorization request with %s by an error page', async (_name, parameters) => {
    const response = await authorize(parameters);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });

  it('shows what a request says as text, never as markup', async () => {
    const response = await authorize({
      client_id: 'example-app',
      response_type: '<script>alert(1)</script>',
      redirect_uri: 'https://evil.example/"><script>alert(1)</script>',
    });
    expect(await response.text()).not.toContain('<script>alert');
  });

  it.each([
    ['claims that are no JSON', { claims: '{' }],
    ['claims that are deep', { claims: '['.repeat(5000) }],
    ['essential claims of a wrong type', { claims: '{"id_token":{"acr":7}}' }],
    ['a request object', { request: 'e30.e30.' }],
    ['a request URI', { request_uri: 'http://169.254.169.254/' }],
    ['a response type that is not its own', { response_type: 'id_token', nonce: 'n' }],
    ['a plain code challenge', { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' }],
    ['a hint that is not this server’s', { id_token_hint: 'e30.e30.AA' }],
    ['a prompt that does not exist', { prompt: 'create' }],
  ])('answers an authorization request with %s at the client', async (_name, parameters) => {
    const response = await authorize({
      client_id: 'example-app',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      ...parameters,
    });
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.href.startsWith(redirectUri)).toBe(true);
    const told = new URLSearchParams(location.search || location.hash.slice(1));
    expect(told.get('error')).not.toBeNull();
    expect(told.get('error')).not.toBe('server_error');
  });

  it.each([
    ['/oidc/auth', form],
    ['/oidc/token', form],
  ])('refuses a body of 10 MB at %s', async (path, type) => {
    const body = `client_id=${'a'.repeat(10_000_000)}`;
    const headers = { 'content-type': type };
    const response = await rig.server
      .fetch(path, { method: 'POST', headers, body })
      .catch(() => undefined);
    // The server may close the connection before it has read everything.
    if (response !== undefined) expect([400, 413]).toContain(response.status);
    expect((await rig.server.fetch('/oidc/jwks')).status).toBe(200);
  });

  it('refuses a form that is not UTF-8', async () => {
    const body = Buffer.from([0x61, 0x3d, 0xff]);
    const response = await rig.server.fetch('/oidc/auth', {
      method: 'POST',
      headers: { 'content-type': form },
      body,
    });
    expect(response.status).toBe(400);
  });

  it.each([
    '/oidc/reg',
    '/oidc/session/end',
    '/oidc/session/end/confirm',
    '/oidc/request',
    '/oidc/device',
    '/oidc/token/introspection',
    '/oidc/token/revocation',
    '/oidc/.well-known/oauth-authorization-server',
    '/oidc/page/../errors.js',
    '/oidc/page/sign-in.ts',
    '/oidc/',
  ])('serves nothing at %s', async (path) => {
    expect((await rig.server.fetch(path)).status).toBe(404);
    const post = await rig.server.fetch(path, { method: 'POST' });
    expect([404, 405]).toContain(post.status);
  });

  it.each([
    ['junk', 'junk'],
    ['an array', '[]'],
    ['a number for a transaction', '{"transaction": 7}'],
    ['a transaction twice', '{"transaction": "a", "transaction": "b"}'],
  ])('refuses to finish a sign-in by %s', async (_name, body) => {
    const browser = rig.browser();
    const url = new URLSearchParams({
      client_id: 'example-app',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
    });
    const page = await rig.openSignIn(browser, `/oidc/auth?${url.toString()}`);
    const response = await browser.fetch(`${page}/finish`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: rig.server.issuer },
      body,
    });
    expect(response.status).toBe(400);
  });

  it('believes no client about the way that it came', async () => {
    const response = await rig.server.fetch('/oidc/.well-known/openid-configuration', {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' },
    });
    const { jwks_uri: keys } = (await response.json()) as { jwks_uri: string };
    expect(keys).toBe(`${rig.issuer}/jwks`);
  });

  it.each([
    ['an address in absolute form', (issuer: string) => `${issuer}/oidc/jwks?x=1`],
    ['escaped letters', () => '/%6fidc/jw%6Bs'],
  ])('finds its way by %s', async (_name, path) => {
    const request = httpRequest({
      ...{ host: '127.0.0.1', port: rig.server.port, path: path(rig.server.issuer) },
      headers: { host: new URL(rig.server.issuer).host },
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toContain('json');
  });

  it('logs refusals with their reason, and no secret', async () => {
    logged.length = 0;
    const credentials = Buffer.from(`example-app:${secret}`).toString('base64');
    await rig.server.fetch('/oidc/token', {
      method: 'POST',
      headers: { 'content-type': form, authorization: `Basic ${credentials}` },
      body: 'grant_type=authorization_code&code=the-secret-code&redirect_uri=x',
    });
    expect(logged.join('\n')).toContain('invalid_grant');
    expect(logged.join('\n')).not.toContain('the-secret-code');
    expect(logged.join('\n')).not.toContain(secret);
  });
});

describe('OpenID Connect, once its storage is gone,', () => {
  it('says that there is a fault, and nothing of what it is', async () => {
    const logged: string[] = [];
    const note = (message: string, fields?: unknown): void => {
      logged.push(`${message} ${JSON.stringify(fields)}`);
    };
    const rig = await OidcRig.start({
      logger: { error: note, warn: note, info: note, debug: note },
    });
    await rig.server.fetch('/oidc/jwks');
    await rig.server.storage.close();
    const response = await rig.server.fetch('/oidc/auth?client_id=example-app');
    const page = await response.text();
    await rig.close();
    expect(response.status).toBe(500);
    expect(page).toContain('server_error');
    expect(page).not.toMatch(/database|connection|oops/);
    expect(logged.join('\n')).toContain('OpenID request failed');
  });
});

describe('OpenID Connect behind TLS', () => {
  let rig: OidcRig;

  beforeEach(async () => {
    rig = await OidcRig.start({ issuer: 'https://auth.example.com' });
    await rig.register({ secret: 'x' });
  });
  afterEach(() => rig.close());

  it('gives cookies that go over https only, and addresses of the issuer', async () => {
    const query = `client_id=example-app&response_type=code&scope=openid&redirect_uri=${redirectUri}`;
    const request = httpRequest({
      ...{ host: '127.0.0.1', port: rig.server.port, path: `/oidc/auth?${query}` },
      headers: { host: 'auth.example.com' },
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(303);
    const cookies = response.headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Secure-countersign-oidc-/);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
    }
    expect(response.headers.location).toMatch(/^\/oidc\/interaction\/[\w-]{21,}$/);
  });
});
