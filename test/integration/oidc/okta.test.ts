/** As Okta's identity provider for "factor only": the person is Okta's, the device is proved here. */
import * as client from 'openid-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestDevice } from '../../testkit/test-device.ts';
import { OidcRig } from './oidc-rig.ts';

const oktaRedirectUri = 'https://example.okta.com/oauth2/v1/authorize/callback';

describe('Okta', () => {
  let rig: OidcRig;

  beforeEach(async () => {
    rig = await OidcRig.start();
  });
  afterEach(() => rig.close());

  /** Signs in as Okta asks for it. @returns the ID token's claims */
  async function claimsFor(
    secret: string,
    user: string,
    { id = 'okta', device = rig.device } = {},
  ): Promise<client.IDToken | undefined> {
    const configuration = await rig.discover(secret, client.ClientSecretPost(secret), id);
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: oktaRedirectUri,
      scope: 'openid email profile',
      login_hint: user,
      state,
      nonce,
    });
    const { url: callback } = await rig.signIn(rig.browser(), url, device);
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return tokens.claims();
  }

  const okta = { id: 'okta', name: 'Okta', kind: 'okta', redirectUris: [oktaRedirectUri] } as const;

  it('finds the name of the person whom it sent as preferred_username', async () => {
    const secret = await rig.register(okta);
    expect(await claimsFor(secret, 'alex@example.com')).toMatchObject({
      preferred_username: 'alex@example.com',
      amr: ['pop', 'swk'],
    });
    const { items } = await rig.server.storage.signIns.list({ limit: 1 });
    expect(items[0]).toMatchObject({ application: 'okta', user: 'alex@example.com' });
  });

  it('finds one subject for a person, whichever device is proved, and another for another person', async () => {
    const secret = await rig.register(okta);
    const device = new TestDevice(rig.server.issuing.issue(), rig.server.issuing);
    const one = await claimsFor(secret, 'alex@example.com');
    const same = await claimsFor(secret, 'alex@example.com', { device });
    const other = await claimsFor(secret, 'sam@example.com');
    expect(same?.sub).toBe(one?.sub);
    expect(same?.['device_id']).not.toBe(one?.['device_id']);
    expect(other?.sub).not.toBe(one?.sub);
  });

  it('alone has the name repeated: to others a hint that a browser may have written says nothing', async () => {
    const secret = await rig.register({ ...okta, kind: 'oidc' });
    const claims = await claimsFor(secret, 'admin@example.com');
    expect(claims).not.toHaveProperty('preferred_username');
    expect(claims?.sub).toBe(claims?.['device_id']);
    const { items } = await rig.server.storage.signIns.list({ limit: 1 });
    expect(items[0]).not.toHaveProperty('user');
  });
});
