/** An application of somebody else's signs people in by API, on a page of another site. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chromiumComponent } from '../testkit/browser.ts';
import { ExampleApplication } from '../testkit/example-application.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { Stage } from './stage.ts';

describeWith(
  'a sign-in to a registered application',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;
    let application: ExampleApplication;
    let registered: { readonly id: string; readonly version: number };

    async function administer(method: string, path: string, body: unknown): Promise<unknown> {
      const { origin, dataDirectory } = stage.server;
      const token = readFileSync(join(dataDirectory, 'admin-token'), 'utf8').trim();
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const init = { method, headers, body: JSON.stringify(body) };
      const response = await fetch(`${origin}/admin/api${path}`, init);
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    }

    beforeAll(async () => {
      stage = await Stage.open(executable);
      application = await ExampleApplication.start(stage.server.origin);
      const issued = (await administer('POST', '/applications', {
        name: 'Example',
        kind: 'api',
        origins: [application.origin],
      })) as { readonly application: typeof registered; readonly secret: string };
      registered = issued.application;
      application.credentials = { id: registered.id, secret: issued.secret };
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await application.close();
      await stage.close();
    });

    async function enrol(): Promise<void> {
      const device = stage.issuingCa.issue({ commonName: 'laptop' });
      const agent = await startAgent();
      agent.addIdentity('device', [device.pem, stage.issuingCa.certificate.pem], device.keyPem);
    }
    const startAgent = () =>
      stage.startAgent({
        servers: [{ issuer: stage.server.origin, origins: [application.origin] }],
      });

    /** @returns the outcome that the page saw, its code, and whether the application let it in */
    async function signIn(): Promise<string | null> {
      const { page } = stage;
      await page.goto(application.origin);
      await page.locator('#go').click();
      const out = page.locator('#out:not(:empty)');
      await out.waitFor();
      return out.textContent();
    }

    it('lets a managed device in, and gives the application a signed result', async () => {
      await enrol();
      expect(await signIn()).toBe('managed device_managed true');
      const result = application.results.at(-1);
      expect(result).toMatchObject({ user: 'ada@example.com', origin: application.origin });
      if (result === undefined || !('token' in result)) throw new Error('no result');
      const jwks = new URL('/.well-known/jwks.json', stage.server.origin);
      const { payload } = await jwtVerify(result.token, createRemoteJWKSet(jwks), {
        issuer: stage.server.origin,
        audience: registered.id,
        typ: 'device-verification+jwt',
      });
      expect(payload).toMatchObject({ txn: result.transaction, allowed: true });
    });

    it('needs no cookie of the server’s', async () => {
      const cookies = await stage.page.context().cookies(stage.server.origin);
      expect(cookies.map(({ name }) => name)).not.toContain('countersign');
    });

    it('does not let a device without a certificate in', async () => {
      await startAgent();
      expect(await signIn()).toBe('refused device_no_certificate false');
    });

    it('does not let a managed device in that the application’s policy denies', async () => {
      const { id: policy } = (await administer('POST', '/policies', {
        name: 'Windows alone',
        rules: [{ name: 'Windows', when: { platforms: ['windows'] }, effect: 'allow' }],
      })) as { readonly id: string };
      const { id, version } = registered;
      await administer('PATCH', `/applications/${id}`, { version, policy });
      await enrol();
      expect(await signIn()).toBe('refused policy_platform false');
      expect(application.results.at(-1)).toMatchObject({
        result: { managed: true, decision: { outcome: 'deny', policy: { name: 'Windows alone' } } },
      });
    });
  },
);
