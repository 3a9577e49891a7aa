/** The main job: a managed device signs in, with the real programs and a real browser. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chromiumComponent } from '../testkit/browser.ts';
import { programsComponent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import type { TokenKeyType } from '../testkit/pkcs11-token.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import type { TestKeyType } from '../testkit/test-ca.ts';
import { Stage } from './stage.ts';

describeWith(
  'a sign-in with a key in the file store',
  [chromiumComponent, programsComponent],
  ([executable = '']) => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.open(executable);
    });
    afterEach(() => stage.endTest());
    afterAll(() => stage.close());

    it.each<TestKeyType>(['rsa2048', 'p256', 'p384', 'p521', 'ed25519'])(
      'shows that a device with a %s key is managed, by which path, and every check',
      async (keyType) => {
        await stage.startEnrolledAgent({ commonName: 'laptop', keyType });
        const shown = await stage.signIn();
        expect(shown).toMatchObject({ status: 'managed', code: 'device_managed' });
        expect(shown.subjects).toEqual([
          'CN=laptop,O=Test',
          'CN=Example Device CA,O=Test',
          'CN=Example Root CA,O=Test',
        ]);
        expect(shown.checks).toMatchObject({
          Format: 'passed',
          Transaction: 'passed',
          Binding: 'passed',
          Algorithm: 'passed',
          Signature: 'passed',
          Path: 'passed',
          Purpose: 'passed',
          Origin: 'passed',
        });
      },
    );

    it('lets the person into the application, and out again', async () => {
      await stage.startEnrolledAgent({ commonName: 'laptop' });
      await stage.signIn();
      const { page, server } = stage;
      await page.getByRole('link', { name: 'Continue to the application' }).click();
      await page.waitForURL('**/demo/account');
      expect(await page.textContent('main')).toContain('CN=laptop,O=Test');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL('**/demo/');
      await page.goto(`${server.origin}/demo/account`);
      expect(page.url()).toBe(server.page);
    });

    it('leaves its record on both sides, without a token in it', async () => {
      await stage.startEnrolledAgent({ commonName: 'audited' });
      await stage.signIn();
      const { agent, server } = stage;
      const kept = server.command('signins', 'list', '--json');
      const audit = JSON.stringify(agent.audit);
      expect(kept).toContain('audited');
      expect(audit).toContain('audited');
      for (const record of [kept, audit, server.log, agent.log]) {
        expect(record).not.toMatch(/eyJ[\w-]{20}/);
      }
    });

    it('works with the keyboard alone, and tells screen readers the outcome', async () => {
      await stage.startEnrolledAgent();
      const { page, server } = stage;
      await page.goto(server.page);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const outcome = page.getByRole('region', { name: 'This device is managed' });
      await outcome.waitFor();
      expect(await outcome.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/demo/account');
    });
  },
);

describeWith(
  'a sign-in with a key in a token',
  [chromiumComponent, programsComponent, softHsmComponent],
  ([executable = '']) => {
    const pin = '7283940165';
    let token: SoftHsm;
    let stage: Stage;

    beforeAll(async () => {
      token = new SoftHsm('device', pin);
      stage = await Stage.open(executable);
      token.writeCertificate('a0', 'issuer', stage.issuingCa.certificate);
    });
    afterEach(() => stage.endTest());
    afterAll(async () => {
      await stage.close();
      token.dispose();
    });

    it.each<[TokenKeyType, string]>([
      ['rsa2048', '01'],
      ['p256', '02'],
      ['p384', '03'],
    ])('shows that a device with a %s key that cannot leave it is managed', async (type, id) => {
      const publicKey = token.generateKey({ type, id });
      const device = stage.issuingCa.issue({ commonName: `token-${id}`, publicKey });
      token.writeCertificate(id, 'device', device);
      const agent = await stage.startAgent({
        stores: [{ uri: token.uri, pinFile: token.pinFile }],
      });
      const shown = await stage.signIn();
      expect(shown).toMatchObject({ status: 'managed', code: 'device_managed' });
      expect(shown.subjects[0]).toBe(`CN=token-${id},O=Test`);
      expect(await stage.page.textContent('#outcome')).toContain('not exportable');
      expect(agent.log + JSON.stringify(agent.audit) + stage.server.log).not.toContain(pin);
      token.remove('CERTIFICATE', id);
    });
  },
);
