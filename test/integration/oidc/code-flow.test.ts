import { createHash } from 'node:crypto';
import * as client from 'openid-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import type { CookieBrowser } from './cookie-browser.ts';
import { OidcRig, redirectUri } from './oidc-rig.ts';

const managedAcr = 'urn:countersign:acr:managed-device';
const hardwareAcr = 'urn:countersign:acr:managed-device-hardware-key';

/** A request, and what is needed to take its answer. */
interface Request {
  readonly url: URL;
  readonly checks: client.AuthorizationCodeGrantChecks;
}

async function makeRequest(
  configuration: client.Configuration,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Request> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: 'openid',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return { url, checks };
}

/** `error` and `error_description` of an answer. */
function refusalOf(url: URL): readonly (string | null)[] {
  return [url.searchParams.get('error'), url.searchParams.get('error_description')];
}

const essentialAcr = (value: string): Record<string, string> => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, values: [value] } } }),
});

describe('a sign-in by the authorization code flow', () => {
  let rig: OidcRig;
  let browser: CookieBrowser;
  let secret: string;
  let configuration: client.Configuration;

  beforeEach(async () => {
    rig = await OidcRig.start();
    browser = rig.browser();
    secret = await rig.register();
    configuration = await rig.discover(secret);
  });
  afterEach(() => rig.close());

  it('gives an ID token that says which device proved itself, and how', async () => {
    const { url, checks } = await makeRequest(configuration, { acr_values: managedAcr });
    const page = await rig.openSignIn(browser, url);
    const transaction = await rig.prove(browser, page);
    const { url: callback } = await rig.finish(browser, page, transaction);
    expect(callback.href.startsWith(`${redirectUri}?`)).toBe(true);
    const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
    const kept = await rig.server.storage.signIns.find(transaction);
    const leaf = Buffer.from(kept?.result.path?.[0]?.sha256 ?? '', 'hex');
    const claims = tokens.claims();
    expect(claims).toMatchObject({
      iss: rig.issuer,
      aud: 'example-app',
      sub: kept?.device,
      acr: managedAcr,
      amr: ['pop', 'swk'],
      device_id: kept?.device,
      txn: transaction,
      cnf: { 'x5t#S256': leaf.toString('base64url') },
    });
    expect(kept).toMatchObject({ application: 'example-app' });
    expect(claims).not.toHaveProperty('preferred_username');
  });

  it('gives the same at the userinfo endpoint, and nothing without the token', async () => {
    const { url, checks } = await makeRequest(configuration);
    const { url: callback } = await rig.signIn(browser, url);
    const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
    const claims = tokens.claims();
    const sub = claims?.sub ?? '';
    const userinfo = await client.fetchUserInfo(configuration, tokens.access_token, sub);
    expect(userinfo).toMatchObject({ sub, device_id: claims?.['device_id'] });
    const anonymous = await rig.server.fetch('/oidc/userinfo');
    expect(anonymous.status).toBe(401);
    const forged = await rig.server.fetch('/oidc/userinfo', {
      headers: { authorization: 'Bearer forged' },
    });
    expect(forged.status).toBe(401);
  });

  it('is signed by a key that is published as X.509 too', async () => {
    const response = await rig.server.fetch('/oidc/jwks');
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(
      ['alg', 'e', 'kid', 'kty', 'n', 'use', 'x5c'].sort(),
    );
  });

  it.each([
    ['client_secret_basic', client.ClientSecretBasic],
    ['client_secret_post', client.ClientSecretPost],
  ])('takes the secret by %s', async (_name, authentication) => {
    const other = await rig.discover(secret, authentication(secret));
    const { url, checks } = await makeRequest(other);
    const { url: callback } = await rig.signIn(browser, url);
    const tokens = await client.authorizationCodeGrant(other, callback, checks);
    expect(tokens.claims()?.aud).toBe('example-app');
  });

  it('is open to a client without a secret, whose own pages alone may take its tokens', async () => {
    await rig.register({ id: 'spa', name: 'Page', secretHash: undefined });
    const page = await rig.discover('', client.None(), 'spa');
    const origin = new URL(redirectUri).origin;
    const fetchFrom =
      (from: string): client.CustomFetch =>
      (url, options) =>
        fetch(url, { ...(options as RequestInit), headers: { ...options.headers, origin: from } });
    const preflight = await rig.server.fetch('/oidc/token', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const { url, checks } = await makeRequest(page);
    const { url: callback } = await rig.signIn(browser, url);
    page[client.customFetch] = fetchFrom('https://evil.example');
    await expect(client.authorizationCodeGrant(page, callback, checks)).rejects.toMatchObject({
      error: 'invalid_request',
    });
    page[client.customFetch] = fetchFrom(origin);
    const tokens = await client.authorizationCodeGrant(page, callback, checks);
    expect(tokens.claims()?.aud).toBe('spa');
  });

  it('asks a client without a secret for PKCE', async () => {
    await rig.register({ id: 'spa', name: 'Page', secretHash: undefined });
    const query = new URLSearchParams({
      ...{ client_id: 'spa', response_type: 'code', scope: 'openid', redirect_uri: redirectUri },
    });
    const { url: answer } = await browser.visit(`/oidc/auth?${query.toString()}`);
    expect(refusalOf(answer)[0]).toBe('invalid_request');
  });

  it('gives nothing for a wrong secret', async () => {
    const wrong = await rig.discover('a-guess');
    const { url, checks } = await makeRequest(wrong);
    const { url: callback } = await rig.signIn(browser, url);
    await expect(client.authorizationCodeGrant(wrong, callback, checks)).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });

  it('asks the device each time anew, whatever the browser did before', async () => {
    const first = await makeRequest(configuration);
    await rig.signIn(browser, first.url);
    const { url } = await makeRequest(configuration);
    await rig.openSignIn(browser, url);
    const { url: silent } = await makeRequest(configuration, { prompt: 'none' });
    const { url: answer } = await browser.visit(silent);
    expect(refusalOf(answer)[0]).toBe('login_required');
  });

  it('serves another device in the same browser', async () => {
    const another = new TestDevice(rig.server.issuing.issue(), rig.server.issuing);
    const subjects = new Set<string | undefined>();
    for (const device of [rig.device, another]) {
      const { url, checks } = await makeRequest(configuration, { prompt: 'login' });
      const { url: callback } = await rig.signIn(browser, url, device);
      const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
      subjects.add(tokens.claims()?.sub);
    }
    expect(subjects.size).toBe(2);
  });

  describe('where the client names whom it expects', () => {
    let another: TestDevice;
    let hint: string;
    let subject: string;

    beforeEach(async () => {
      another = new TestDevice(rig.server.issuing.issue(), rig.server.issuing);
      const { url, checks } = await makeRequest(configuration);
      const { url: callback } = await rig.signIn(browser, url);
      const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
      hint = tokens.id_token ?? '';
      subject = tokens.claims()?.sub ?? '';
    });

    const namings: readonly (readonly [string, () => Record<string, string>])[] = [
      ['an id_token_hint', () => ({ id_token_hint: hint })],
      [
        'a value for sub',
        () => ({ claims: JSON.stringify({ id_token: { sub: { value: subject } } }) }),
      ],
    ];
    it.each(namings)('by %s, is about that device or about none', async (_name, naming) => {
      const { url, checks } = await makeRequest(configuration, naming());
      const { url: callback } = await rig.signIn(browser, url);
      const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
      expect(tokens.claims()?.sub).toBe(subject);
      const { url: next } = await makeRequest(configuration, naming());
      const { url: answer } = await rig.signIn(browser, next, another);
      expect(refusalOf(answer)[0]).toBe('login_required');
      expect(answer.searchParams.has('code')).toBe(false);
    });
  });

  it('takes the authorization request by POST as well', async () => {
    const { url, checks } = await makeRequest(configuration);
    const { url: page } = await browser.visit('/oidc/auth', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: url.searchParams.toString(),
    });
    const transaction = await rig.prove(browser, page.pathname);
    const { url: callback } = await rig.finish(browser, page.pathname, transaction);
    const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
    expect(tokens.claims()?.aud).toBe('example-app');
  });

  describe('is refused', () => {
    it('with the reason, where the device is not managed', async () => {
      const stranger = TestCa.root({ commonName: 'Another Root' });
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(browser, url);
      const transaction = await rig.prove(
        browser,
        page,
        new TestDevice(stranger.issue(), stranger),
      );
      const status = await rig.status(browser, page, transaction);
      if (status.status !== 'refused') throw new Error(status.status);
      const { url: answer } = await rig.finish(browser, page, transaction);
      const [error, description] = refusalOf(answer);
      expect(error).toBe('access_denied');
      expect(description).toContain(`${status.result.code}: `);
      expect(description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    });

    it('as unmet, where the device is not managed and the client takes nothing else', async () => {
      const stranger = TestCa.root({ commonName: 'Another Root' });
      const { url } = await makeRequest(configuration, essentialAcr(managedAcr));
      const { url: answer } = await rig.signIn(
        browser,
        url,
        new TestDevice(stranger.issue(), stranger),
      );
      expect(refusalOf(answer)[0]).toBe('unmet_authentication_requirements');
    });

    it('at once, where the client takes only what is not offered', async () => {
      const { url } = await makeRequest(configuration, essentialAcr('urn:example:gold'));
      const { url: answer } = await browser.visit(url);
      expect(refusalOf(answer)[0]).toBe('unmet_authentication_requirements');
    });

    it('where the client takes only a key in hardware, and the agent alone says it is', async () => {
      const claims = { key: { store: 'tpm', protection: 'hardware' } } as const;
      const { url } = await makeRequest(configuration, essentialAcr(hardwareAcr));
      const page = await rig.openSignIn(browser, url);
      const { transaction, challengeRequest } = await rig.startTransaction(browser, page);
      await rig.server.postProof(
        rig.device.prove(challengeRequest, rig.server.clock.now(), { claims }),
      );
      const { url: answer } = await rig.finish(browser, page, transaction);
      expect(refusalOf(answer)[0]).toBe('unmet_authentication_requirements');
    });

    it('where the person gives up, and the transaction does not count later', async () => {
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(browser, url);
      const { url: answer } = await rig.finish(browser, page);
      expect(refusalOf(answer)[0]).toBe('access_denied');
      const late = await browser.call(`${page}/finish`, 'POST', {});
      expect(late.status).toBe(404);
    });

    it('where the device has not answered yet', async () => {
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(browser, url);
      const { transaction } = await rig.startTransaction(browser, page);
      const { url: answer } = await rig.finish(browser, page, transaction);
      expect(refusalOf(answer)[0]).toBe('access_denied');
    });
  });

  describe('is bound', () => {
    it('to the browser that began it', async () => {
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(browser, url);
      const thief = rig.browser();
      expect((await thief.fetch(page)).status).toBe(404);
      const start = await thief.call(`${page}/v1/challenges`, 'POST', {});
      expect(start.status).toBe(404);
      const transaction = await rig.prove(browser, page);
      const finish = await thief.call(`${page}/finish`, 'POST', { transaction });
      expect(finish.status).toBe(404);
      const resume = await thief.fetch(page.replace('interaction', 'auth'));
      expect(resume.status).toBe(400);
    });

    it('to its own transaction: another one’s verdict does not count', async () => {
      const one = await makeRequest(configuration);
      const pageOfOne = await rig.openSignIn(browser, one.url);
      const transaction = await rig.prove(browser, pageOfOne);
      const other = rig.browser();
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(other, url);
      const finish = await other.call(`${page}/finish`, 'POST', { transaction });
      expect(finish.status).toBe(404);
      const flow = rig.server.browser();
      const demo = await flow.start();
      const finishDemo = await other.call(`${page}/finish`, 'POST', {
        transaction: demo.transaction,
      });
      expect(finishDemo.status).toBe(404);
    });

    it('to the address of its own page, also within one browser', async () => {
      const one = await rig.openSignIn(browser, (await makeRequest(configuration)).url);
      const two = await rig.openSignIn(browser, (await makeRequest(configuration)).url);
      const cookies = [...browser.cookies.values()].filter(({ path }) => path === two);
      expect(cookies).toHaveLength(1);
      const name = [...browser.cookies].find(([, { path }]) => path === two)?.[0] ?? '';
      const crossed = await rig.server.fetch(one, {
        headers: { cookie: `${name}=${cookies[0]?.value ?? ''}` },
      });
      expect(crossed.status).toBe(404);
    });

    it('to pages of the server itself: others cannot finish it', async () => {
      const page = await rig.openSignIn(browser, (await makeRequest(configuration)).url);
      const headers = { origin: 'https://evil.example', 'content-type': 'application/json' };
      const finish = await browser.fetch(`${page}/finish`, { method: 'POST', headers, body: '{}' });
      expect(finish.status).toBe(403);
    });
  });

  describe('cannot be replayed', () => {
    it('by its code', async () => {
      const { url, checks } = await makeRequest(configuration);
      const { url: callback } = await rig.signIn(browser, url);
      const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
      await expect(
        client.authorizationCodeGrant(configuration, callback, checks),
      ).rejects.toMatchObject({ error: 'invalid_grant' });
      // RFC 6749 section 4.1.2: what was issued for it is revoked.
      const { sub = '' } = tokens.claims() ?? {};
      await expect(client.fetchUserInfo(configuration, tokens.access_token, sub)).rejects.toThrow();
    });

    it('by two requests with its code at the same moment', async () => {
      const { url, checks } = await makeRequest(configuration);
      const { url: callback } = await rig.signIn(browser, url);
      const grants = await Promise.allSettled(
        [1, 2, 3].map(() => client.authorizationCodeGrant(configuration, callback, checks)),
      );
      const granted = grants.filter(({ status }) => status === 'fulfilled');
      expect(granted.length).toBeLessThanOrEqual(1);
    });

    it('by its code with another verifier, or by another client', async () => {
      const { url, checks } = await makeRequest(configuration);
      const { url: callback } = await rig.signIn(browser, url);
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      await expect(
        client.authorizationCodeGrant(configuration, callback, { ...checks, pkceCodeVerifier }),
      ).rejects.toMatchObject({ error: 'invalid_grant' });
      const otherSecret = await rig.register({ id: 'other-app', name: 'Other App' });
      const other = await rig.discover(otherSecret, undefined, 'other-app');
      await expect(client.authorizationCodeGrant(other, callback, checks)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });

    it('by its page, once the client has its answer', async () => {
      const { url } = await makeRequest(configuration);
      const page = await rig.openSignIn(browser, url);
      const transaction = await rig.prove(browser, page);
      await rig.finish(browser, page, transaction);
      const again = await browser.call(`${page}/finish`, 'POST', { transaction });
      expect(again.status).toBe(404);
    });

    it('by what the storage holds of a code', async () => {
      const { url } = await makeRequest(configuration);
      const { url: callback } = await rig.signIn(browser, url);
      const code = callback.searchParams.get('code') ?? '';
      const hash = createHash('sha256').update(code).digest('base64url');
      const stored = await rig.server.storage.oidc.find('AuthorizationCode', hash);
      expect(stored?.payload).toBeDefined();
      expect(JSON.stringify(stored)).not.toContain(code);
    });
  });

  it('expires with its interaction', async () => {
    const { url } = await makeRequest(configuration);
    const page = await rig.openSignIn(browser, url);
    rig.server.clock.advance(600_000);
    const response = await browser.fetch(page);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('oidc_interaction_unknown');
  });

  it('is shown to nobody but its application: wrong redirect URIs get an error page', async () => {
    const { url } = await makeRequest(configuration, { redirect_uri: 'https://evil.example/' });
    const { url: end, response } = await browser.visit(url);
    expect(end.pathname).toBe('/oidc/auth');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('invalid_redirect_uri');
  });

  it.each([
    ['an application that is disabled', { disabled: true }],
    ['an application of another kind', { kind: 'api' as const }],
    ['an application whose settings cannot be read', { settings: { entra: {} } }],
  ])('is not offered to %s', async (_name, terms) => {
    await rig.register({ id: 'other-app', name: 'Other App', ...terms });
    const { url } = await makeRequest(configuration, { client_id: 'other-app' });
    const { response } = await browser.visit(url);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('invalid_client');
  });

  it('goes on over a rotation of the keys', async () => {
    const { url, checks } = await makeRequest(configuration);
    const page = await rig.openSignIn(browser, url);
    const before = (await (await rig.server.fetch('/oidc/jwks')).json()) as { keys: unknown[] };
    await rig.rotateKeys();
    const transaction = await rig.prove(browser, page);
    const { url: callback } = await rig.finish(browser, page, transaction);
    const tokens = await client.authorizationCodeGrant(configuration, callback, checks);
    expect(tokens.claims()?.txn).toBe(transaction);
    const after = (await (await rig.server.fetch('/oidc/jwks')).json()) as { keys: unknown[] };
    expect(after.keys).toHaveLength(2);
    expect(after.keys[0]).toEqual(before.keys[0]);
  });
});
