/**
 * A sign-in through OpenID Connect at a relying party that nobody here wrote, with the real programs
 * and a real browser.
 */
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openSqliteStorage } from '../../src/server/index.ts';
import { Apache, apacheComponent } from '../testkit/apache.ts';
import { chromiumComponent } from '../testkit/browser.ts';
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
      await register(stage, clientSecret, apache.redirectUri);
      await apache.start(apacheProgram, {
        discovery: `${stage.server.origin}/oidc/.well-known/openid-configuration`,
        clientId: 'intranet',
        clientSecret,
        acr,
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

/** Registers the relying party at the running server. */
async function register(stage: Stage, secret: string, redirectUri: string): Promise<void> {
  const storage = await openSqliteStorage(path.join(stage.server.dataDirectory, 'countersign.db'));
  await storage.applications.add({
    id: 'intranet',
    name: 'Intranet',
    kind: 'oidc',
    origins: [],
    redirectUris: [redirectUri],
    secretHash: createHash('sha256').update(secret).digest('base64url'),
    settings: '{}',
    disabled: false,
    createdAt: new Date(),
    version: 1,
  });
  await storage.close();
}
