/**
 * Sign-ins through OpenID Connect with the real programs and a real browser: at a relying party that
 * nobody here wrote, and across sites as Microsoft Entra makes them.
 */
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openSqliteStorage, type Storage } from '../../src/server/index.ts';
import { Apache, apacheComponent } from '../testkit/apache.ts';
import { chromiumComponent } from '../testkit/browser.ts';
import { EntraTenant } from '../testkit/entra-tenant.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { TestCa } from '../testkit/test-ca.ts';
import { Stage } from './stage.ts';

const acr = 'urn:countersign:acr:managed-device';

describeWith(
  'Apache with mod_auth_openidc',
  [chromiumComponent, programsComponent, apacheComponent],
  ([executable = '', , apacheProgram = '']) => {
    let stage: Stage;
    let apache: Apache;

    beforeAll(async () => {
      stage = await Stage.open(executable);
      apache = await Apache.reserve();
      const clientSecret = randomBytes(32).toString('base64url');
      await register(stage, {
        redirectUris: [apache.redirectUri],
        secretHash: createHash('sha256').update(clientSecret).digest('base64url'),
      });
      await apache.start(apacheProgram, {
        discovery: `${stage.server.origin}/oidc/.well-known/openid-configuration`,
        clientId: 'intranet',
        clientSecret,
      });
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await Promise.all([apache.close(), stage.close()]);
    });

    it('shows its page to a person at a managed device, who has nothing to do', async () => {
      await stage.startEnrolledAgent({ commonName: 'laptop' });
      const { page, server } = stage;
      await page.context().clearCookies();
      await page.goto(apache.page);
      await page.waitForURL(apache.page);
      expect(await page.textContent('h1')).toBe('Behind the sign-in');
      expect(await page.textContent('#acr')).toBe(acr);
      expect(await page.textContent('#amr')).toContain('pop');
      const device = await page.textContent('#device_id');
      expect(device).not.toMatch(/\(none\)/);
      expect(await page.textContent('#sub')).toContain(device);
      const kept = server.command('signins', 'list', '--json');
      expect(kept).toContain((await page.textContent('#txn')) ?? '');
      expect(server.log).not.toMatch(/eyJ[\w-]{20}/);
    });

    it('is not reached from a device of another CA: the page says why, and what to do', async () => {
      const other = TestCa.root({ commonName: 'Another Root CA' }).issue({
        commonName: 'stranger',
      });
      const agent = await stage.startAgent();
      agent.addIdentity('device', [other.pem], other.keyPem);
      const { page } = stage;
      await page.context().clearCookies();
      await page.goto(apache.page);
      await page.locator('#outcome:not([hidden])').waitFor();
      expect(new URL(page.url()).pathname).toMatch(/^\/oidc\/interaction\//);
      expect(await page.textContent('h1')).toBe('Sign in to Intranet');
      expect(await page.textContent('#outcome-title')).toBe('This device was not accepted');
      expect(await page.textContent('#outcome-code')).toBe('device_issuer_untrusted');
      expect(await page.locator('#outcome-steps li').count()).toBeGreaterThan(0);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('outcome');
      await page.getByRole('button', { name: 'Back to Intranet without signing in' }).click();
      await page.waitForURL(`${apache.redirectUri}*`);
      const { searchParams: told } = new URL(page.url());
      expect(told.get('error')).toBe('access_denied');
      expect(told.get('error_description')).toContain('device_issuer_untrusted: ');
      expect(await page.textContent('body')).not.toContain('Behind the sign-in');
    });

    it('is reached at the second attempt, once the agent runs', async () => {
      const { page } = stage;
      await page.context().clearCookies();
      await page.goto(apache.page);
      await page.locator('#outcome:not([hidden])').waitFor();
      expect(await page.textContent('#outcome-code')).toBe('agent_not_found');
      await stage.startEnrolledAgent({ commonName: 'late' });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.waitForURL(apache.page);
      expect(await page.textContent('h1')).toBe('Behind the sign-in');
    });
  },
);

describeWith(
  'Microsoft Entra, which posts from another site and is posted to,',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    const site = 'https://login.example.com';
    const redirectUri = `${site}/common/federation/externalauthprovider`;
    let stage: Stage;
    let tenant: EntraTenant;

    beforeAll(async () => {
      tenant = await EntraTenant.start();
      stage = await Stage.open(executable);
      const { authority, appId } = tenant;
      await register(stage, {
        id: 'entra',
        name: 'Microsoft Entra',
        kind: 'entra',
        redirectUris: [redirectUri],
        settings: JSON.stringify({ entra: { authority, appId, tenant: tenant.tenant } }),
      });
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await Promise.all([stage.close(), tenant.close()]);
    });

    it('gets its answer through the browser, with the cookies of a request across sites', async () => {
      await stage.startEnrolledAgent({ commonName: 'laptop' });
      const { page, server } = stage;
      const fields = {
        scope: 'openid',
        response_type: 'id_token',
        response_mode: 'form_post',
        client_id: 'entra',
        redirect_uri: redirectUri,
        nonce: 'the-nonce',
        state: 'the-state',
        id_token_hint: await tenant.hint(new Date()),
      };
      await page.route(`${site}/**`, async (route) => {
        const body = route.request().postData();
        await route.fulfill({
          contentType: 'text/html',
          body:
            body === null ? selfPostingForm(`${server.origin}/oidc/auth`, fields) : '<h1>Back</h1>',
        });
      });
      const answered = page.waitForRequest(redirectUri);
      await page.goto(`${site}/sign-in`);
      const answer = await answered;
      await page.waitForURL(redirectUri);
      const told = new URLSearchParams(answer.postData() ?? '');
      expect(told.get('state')).toBe('the-state');
      expect(decodeJwt(told.get('id_token') ?? '')).toMatchObject({
        sub: 'mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA',
        nonce: 'the-nonce',
        amr: ['swk'],
      });
      // Its receiver may look at where the form came from.
      expect((await answer.allHeaders())['origin']).toBe(server.origin);
    });
  },
);

function selfPostingForm(action: string, fields: Readonly<Record<string, string>>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
  );
  return `<form method="post" action="${action}">${inputs.join('')}</form>
<script>document.forms[0].submit()</script>`;
}

type Application = Parameters<Storage['applications']['add']>[0];

/** Registers a relying party at the running server. */
async function register(stage: Stage, terms: Partial<Application>): Promise<void> {
  const storage = await openSqliteStorage(path.join(stage.server.dataDirectory, 'countersign.db'));
  await storage.applications.add({
    id: 'intranet',
    name: 'Intranet',
    kind: 'oidc',
    origins: [],
    redirectUris: [],
    settings: '{}',
    disabled: false,
    createdAt: new Date(),
    version: 1,
    ...terms,
  });
  await storage.close();
}
