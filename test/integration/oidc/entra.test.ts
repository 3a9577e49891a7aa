/** As an external authentication method of Microsoft Entra, which posts what its reference says. */
import { generateKeyPairSync, X509Certificate, createPublicKey } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EntraTenant, type HintChanges } from '../../testkit/entra-tenant.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import {
  readPostedForm,
  type Arrival,
  type CookieBrowser,
  type PostedForm,
} from './cookie-browser.ts';
import { OidcRig } from './oidc-rig.ts';

const clientId = 'entra';
const subject = 'mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA';
const redirectUri = 'https://login.microsoftonline.com/common/federation/externalauthprovider';

/** What Microsoft Entra asks for where a possession factor is missing. */
const requestedClaims = {
  id_token: {
    acr: { essential: true, values: ['possessionorinherence'] },
    amr: {
      essential: true,
      values: [
        'face',
        'fido',
        'fpt',
        'hwk',
        'iris',
        'otp',
        'pop',
        'retina',
        'sc',
        'sms',
        'swk',
        'tel',
        'vbm',
      ],
    },
  },
};

describe('Microsoft Entra', () => {
  let tenant: EntraTenant;
  let rig: OidcRig;
  let browser: CookieBrowser;

  beforeAll(async () => {
    tenant = await EntraTenant.start();
  });
  afterAll(() => tenant.close());
  beforeEach(async () => {
    rig = await OidcRig.start();
    browser = rig.browser();
    const { authority, appId } = tenant;
    await rig.register({
      id: clientId,
      name: 'Microsoft Entra',
      kind: 'entra',
      redirectUris: [redirectUri],
      secretHash: undefined,
      settings: { entra: { authority, tenant: tenant.tenant, appId } },
    });
  });
  afterEach(() => rig.close());

  async function post(
    changes: HintChanges & { readonly form?: Readonly<Record<string, string | undefined>> } = {},
  ): Promise<Arrival> {
    const fields: Record<string, string | undefined> = {
      scope: 'openid',
      response_type: 'id_token',
      response_mode: 'form_post',
      client_id: clientId,
      redirect_uri: redirectUri,
      nonce: 'the-nonce',
      state: 'the state, "as is"',
      claims: JSON.stringify(requestedClaims),
      'client-request-id': 'b0a6ad2f-73a4-4b5a-8a3a-0bb6a9e5b34c',
      id_token_hint: await tenant.hint(rig.server.clock.now(), changes),
      ...changes.form,
    };
    const given = Object.entries(fields).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return browser.visit('/oidc/auth', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://login.microsoftonline.com',
      },
      body: new URLSearchParams(given).toString(),
    });
  }

  /** The form that the browser posts back. */
  async function answer({ response }: Arrival): Promise<PostedForm> {
    const form = readPostedForm(await response.text());
    expect(form.action).toBe(redirectUri);
    expect(form.fields.get('state')).toBe('the state, "as is"');
    return form;
  }

  async function verify(idToken: string | undefined): Promise<JWTPayload> {
    const keys = createRemoteJWKSet(new URL(`${rig.issuer}/jwks`));
    const { payload } = await jwtVerify(idToken ?? '', keys, {
      issuer: rig.issuer,
      audience: clientId,
      algorithms: ['RS256'],
    });
    return payload;
  }

  it('gets the token that its reference describes, by a form that posts itself', async () => {
    const { url: page } = await post();
    const transaction = await rig.prove(browser, page.pathname);
    const end = await rig.finish(browser, page.pathname, transaction);
    const policy = end.response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'sha256-[^']+'/);
    const { fields } = await answer(end);
    expect([...fields.keys()].sort()).toEqual(['id_token', 'state']);
    const token = await verify(fields.get('id_token'));
    expect(token).not.toHaveProperty('preferred_username');
    expect(token).toMatchObject({
      sub: subject,
      nonce: 'the-nonce',
      acr: 'possessionorinherence',
      amr: ['swk'],
      device_id: expect.any(String) as string,
    });
    const signIn = await rig.server.storage.signIns.find(transaction);
    expect(signIn).toMatchObject({ application: clientId, user: 'alex@example.com' });
  });

  it('finds the keys as certificates too, and the discovery document that it needs', async () => {
    const discovery = await rig.server.fetch('/oidc/.well-known/openid-configuration');
    expect(discovery.headers.get('content-length')).not.toBeNull();
    expect(await discovery.json()).toMatchObject({
      issuer: rig.issuer,
      authorization_endpoint: `${rig.issuer}/auth`,
      jwks_uri: `${rig.issuer}/jwks`,
      response_types_supported: expect.arrayContaining(['id_token']) as string[],
      response_modes_supported: expect.arrayContaining(['form_post']) as string[],
      scopes_supported: expect.arrayContaining(['openid']) as string[],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      claim_types_supported: ['normal'],
    });
    const jwks = await rig.server.fetch('/oidc/jwks');
    const { keys } = (await jwks.json()) as { keys: [JsonWebKey & { x5c: string[] }] };
    const { x5c, ...jwk } = keys[0];
    const certificate = new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64'));
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    expect(certificate.publicKey.equals(publicKey)).toBe(true);
    expect(certificate.verify(publicKey)).toBe(true);
  });

  it('is asked for its keys once, however many people sign in', async () => {
    await post();
    await post();
    const asked = tenant.requests.filter((path) => path.endsWith('openid-configuration'));
    expect(new Set(asked).size).toBe(1);
    const before = tenant.requests.length;
    await post();
    expect(tenant.requests).toHaveLength(before);
  });

  it('is told that a device was refused', async () => {
    const stranger = TestCa.root({ commonName: 'Another Root' });
    const { url: page } = await post();
    const other = new TestDevice(stranger.issue(), stranger);
    const transaction = await rig.prove(browser, page.pathname, other);
    const { fields } = await answer(await rig.finish(browser, page.pathname, transaction));
    expect(fields.get('error')).toBe('unmet_authentication_requirements');
    expect(fields.has('id_token')).toBe(false);
  });

  it('is told that none of the methods it takes was proven', async () => {
    const claims = { id_token: { amr: { essential: true, values: ['face'] } } };
    const { url: page } = await post({ form: { claims: JSON.stringify(claims) } });
    const transaction = await rig.prove(browser, page.pathname);
    const { fields } = await answer(await rig.finish(browser, page.pathname, transaction));
    expect(fields.get('error')).toBe('unmet_authentication_requirements');
  });

  it.each<[string, (now: number) => HintChanges]>([
    [
      'for another application',
      () => ({ claims: { aud: '00000000-0000-0000-0000-000000000000' } }),
    ],
    ['of another tenant', () => ({ claims: { tid: '00000000-0000-0000-0000-000000000000' } })],
    ['of another issuer', () => ({ claims: { iss: 'https://login.microsoftonline.com/x/v2.0' } })],
    [
      'signed by another key',
      () => ({ key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }),
    ],
    ['signed by another algorithm', () => ({ algorithm: 'PS256' })],
    ['that names nobody', () => ({ claims: { sub: '' } })],
    ['kept for two hours', (now) => ({ claims: { iat: now - 7200 } })],
    ['of the future', (now) => ({ claims: { iat: now + 3600 } })],
  ])('gets nothing for a hint %s', async (_name, changes) => {
    const now = Math.floor(rig.server.clock.now().getTime() / 1000);
    const { fields } = await answer(await post(changes(now)));
    expect(fields.get('error')).toBe('invalid_request');
    expect(fields.get('error_description')).toContain('hint does not count');
  });

  it.each([
    ['without a hint', undefined, "missing required parameter 'id_token_hint'"],
    ['with junk for a hint', 'junk', 'hint does not count'],
    ['with a hint too long', `${'a'.repeat(20_000)}.b.c`, 'too long'],
  ])('gets nothing for a request %s', async (_name, hint, reason) => {
    const { fields } = await answer(await post({ form: { id_token_hint: hint } }));
    expect(fields.get('error')).toBe('invalid_request');
    expect(fields.get('error_description')).toContain(reason);
  });

  it('is told to try again where its keys cannot be fetched', async () => {
    const gone = await EntraTenant.start();
    const { authority, appId } = gone;
    await rig.register({
      id: 'other-tenant',
      name: 'Other tenant',
      kind: 'entra',
      redirectUris: [redirectUri],
      secretHash: undefined,
      settings: { entra: { authority, tenant: gone.tenant, appId } },
    });
    const hint = await gone.hint(rig.server.clock.now());
    await gone.close();
    const form = { client_id: 'other-tenant', id_token_hint: hint };
    const { fields } = await answer(await post({ form }));
    expect(fields.get('error')).toBe('temporarily_unavailable');
  });

  it('alone may have answers: another redirect URI gets an error page', async () => {
    const { response } = await post({ form: { redirect_uri: 'https://evil.example/' } });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('invalid_redirect_uri');
  });
});
