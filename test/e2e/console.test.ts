/**
 * What an administrator does, from the first run on, with the real programs: set up, add a certificate
 * authority, platforms and a policy, see a device let in, revoke it, and see why it is refused.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chromiumComponent } from '../testkit/browser.ts';
import { CrlServer } from '../testkit/crl-server.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { OpensslCa, opensslComponent, type OpensslCertificate } from '../testkit/openssl-ca.ts';
import { programsComponent, TestAgent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { refusedFiles } from '../unit/server/trust/files.ts';
import { trustErrors, type TrustErrorCode } from '../../src/server/index.ts';
import { administrator, ConsoleStage } from './console-stage.ts';
import { signIn } from './sign-in-page.ts';

const hour = 3_600_000;

describeWith(
  'an administrator at the console',
  [chromiumComponent, programsComponent, opensslComponent],
  ([executable = '']) => {
    let web: CrlServer;
    let ca: OpensslCa;
    let device: OpensslCertificate;
    let stage: ConsoleStage;
    let agent: TestAgent;

    const publish = (): void => {
      const [from, to] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
      web.publish('/ca.crl', ca.makeCrl(from, to));
    };

    beforeAll(async () => {
      web = await CrlServer.start();
      ca = new OpensslCa('Example Device CA');
      device = ca.issue('laptop-7', { crl: [web.url('/ca.crl')] });
      publish();
      const ports = await freePorts(1);
      stage = await ConsoleStage.open(executable, {
        loopbackPorts: ports,
        settings: { revocation: { allowedAddresses: [web.host], refreshInterval: 1 } },
      });
      const { origin } = stage.server;
      agent = await TestAgent.start({ servers: [{ issuer: origin, origins: [origin] }], ports });
      agent.addIdentity('device', [device.pem], device.keyPem);
    });
    afterEach(() => {
      expect(stage.complaints).toEqual([]);
    });
    afterAll(async () => {
      await Promise.all([stage.close(), agent.remove(), web.close()]);
      await ca.remove();
    });

    /** Somebody signs in at the demonstration's page, on the device. */
    async function deviceSignsIn() {
      const page = await stage.context.newPage();
      await page.goto(stage.server.page);
      const outcome = await signIn(page);
      await page.close();
      return outcome;
    }

    it('sets the server up, with the token of the first run and no other', async () => {
      const { page } = stage;
      await stage.visit('/');
      expect(page.url()).toContain('/admin/setup');
      await stage.picture('set-up');
      await page.getByLabel('Set-up token').fill('guessed');
      await page.getByLabel('Your name').fill(administrator.name);
      await page.getByLabel('Password').fill(administrator.password);
      await stage.press('Set up');
      expect(await stage.said()).toContain('The set-up token is wrong');
      await stage.picture('set-up-refused');
      await stage.setUp();
      expect(await page.textContent('main')).toContain('No certificate authority yet');
      await stage.picture('overview-empty');
    });

    it('sees empty lists explained', async () => {
      for (const list of [
        'sign-ins',
        'devices',
        'alarms',
        'certificate-authorities',
        'revocation',
      ]) {
        await stage.visit(`/${list}`);
        expect(await stage.page.locator('.empty').count()).toBe(1);
        await stage.picture(`${list}-empty`);
      }
    });

    it('signs out, and in again with the password, to the page that was asked for', async () => {
      await stage.press('Sign out');
      await stage.visit('/policies');
      await stage.page.getByLabel('Name').fill(administrator.name);
      await stage.page.getByLabel('Password').fill('a wrong password');
      await stage.press('Sign in');
      expect(await stage.said()).toContain('The name or the password is wrong');
      await stage.picture('sign-in-refused');
      await stage.signIn();
      expect(new URL(stage.page.url()).pathname).toBe('/admin/policies');
    });

    const kinds = [
      ...['PKCS#7 in DER', 'PKCS#7 in PEM', 'PKCS#12', 'a PEM key', 'a PKCS#8 key', 'prose'],
      ...['random bytes', 'a request', 'a PEM CRL', 'an empty file', 'a file over 1 MiB'],
      ...['a Java key store', 'a PEM that is cut off'],
    ];
    it.each(kinds)('is told what is wrong with %s given as certificate authority', async (kind) => {
      const [code, content = Buffer.alloc(0)] = refusedFiles[kind] ?? [];
      await stage.visit('/certificate-authorities/add');
      await stage.giveFiles([`${kind}.p12`, content]);
      expect(await stage.said()).toContain(`${kind}.p12 was not taken`);
      if (code !== 'ca_file_malformed') {
        expect(await stage.said()).toContain(trustErrors[code as TrustErrorCode]);
      }
      if (kind === 'PKCS#12') await stage.picture('add-authority-pkcs12');
    });

    it('is told that a device’s own certificate is not its authority’s', async () => {
      await stage.visit('/certificate-authorities/add');
      await stage.giveFiles(['device.pem', device.pem]);
      expect(await stage.said()).toContain('The certificate is not a CA’s');
    });

    it('adds a certificate authority by dropping its file', async () => {
      const { page } = stage;
      await stage.visit('/certificate-authorities/add');
      await stage.picture('add-authority');
      const transfer = await page.evaluateHandle((pem) => {
        const data = new DataTransfer();
        data.items.add(new File([pem], 'ca.pem'));
        return data;
      }, ca.certificate.pem);
      const zone = page.locator('.drop-zone');
      await zone.dispatchEvent('dragover', { dataTransfer: transfer });
      await Promise.all([
        page.waitForURL('**/admin/certificate-authorities'),
        zone.dispatchEvent('drop', { dataTransfer: transfer }),
      ]);
      expect(await stage.said()).toContain('Example Device CA is added');
      await page.getByText('View root certificate chain details').click();
      await page.getByText('Details', { exact: true }).click();
      expect(await page.textContent('.tree')).toContain('Key usage');
      await stage.picture('authorities');
    });

    it('tries a certificate, and sees by which path it is accepted', async () => {
      await stage.visit('/test-certificate');
      await stage.giveFiles(['device.pem', device.pem]);
      expect(await stage.said()).toContain('The certificate is accepted');
      expect(await stage.page.textContent('main')).toContain('Not revoked, says CRL');
      await stage.picture('test-certificate-accepted');
      const foreign = new OpensslCa('Foreign CA');
      await stage.visit('/test-certificate');
      await stage.page.getByLabel('Or paste the certificate').fill(foreign.certificate.pem);
      await stage.press('Test');
      expect(await stage.said()).toContain('The certificate is refused');
      await stage.picture('test-certificate-refused');
      await foreign.remove();
    });

    it('requires a fresh revocation status', async () => {
      await stage.visit('/certificate-authorities');
      await stage.follow('Example Device CA');
      await stage.page.getByLabel('Required', { exact: true }).check();
      await stage.press('Save');
      expect(await stage.said()).toContain('The revocation settings are saved.');
      await stage.picture('authority');
    });

    it('removes the platform of this machine, adds it again with its authority', async () => {
      const { page } = stage;
      await stage.visit('/endpoint-management');
      await stage.picture('endpoint-management');
      await stage.follow('Remove Linux');
      await stage.press('Remove platform');
      expect(await deviceSignsIn()).toMatchObject({
        status: 'refused',
        code: 'platform_not_enabled',
      });
      await stage.follow('Add platform');
      await page.getByLabel('Linux').check();
      await page.getByLabel('Only the ones chosen here').check();
      await page.getByLabel('Example Device CA').check();
      await stage.picture('add-platform');
      await stage.press('Save');
      expect(await stage.said()).toContain('Linux added.');
    });

    it('sees a device let in, live', async () => {
      const { page } = stage;
      await stage.visit('/sign-ins?outcome=allowed');
      await expectLive('true');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
      await page.getByRole('link', { name: /UTC/ }).first().waitFor();
      expect(await page.locator('#announcement').textContent()).toBe('1 new sign-in.');
      await page.getByRole('button', { name: 'Live' }).click();
      await expectLive('false');
      await stage.picture('sign-ins');
      await page.getByRole('link', { name: /UTC/ }).first().click();
      await page.waitForURL('**/sign-ins/*');
      expect(await page.textContent('main')).toContain('Certification path');
      await stage.picture('sign-in-allowed');
    });

    async function expectLive(pressed: string): Promise<void> {
      const button = stage.page.getByRole('button', { name: 'Live' });
      expect(await button.getAttribute('aria-pressed')).toBe(pressed);
    }

    it('finds the device, deactivates and reactivates it', async () => {
      const { page } = stage;
      await stage.visit('/devices');
      const host = (await page.locator('tbody th a').first().textContent()) ?? '';
      await page.getByLabel('Name or serial number').fill(host.slice(0, 3).toUpperCase());
      await stage.press('Search');
      await stage.picture('devices');
      await page.locator('tbody th a').first().click();
      await page.waitForURL('**/devices/*');
      await stage.follow('Deactivate');
      expect(await page.textContent('main')).toContain('refused from the next sign-in on');
      await stage.picture('device-deactivate');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
      await stage.press('Deactivate device');
      await stage.picture('device-deactivated');
      expect(await deviceSignsIn()).toMatchObject({ code: 'device_deactivated' });
      await stage.press('Reactivate');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
    });

    it('tries a policy on what has happened, saves it, and sees it hold', async () => {
      const { page } = stage;
      await stage.visit('/policies');
      await stage.picture('policies');
      await stage.follow('Default policy');
      await page.getByLabel('Hardware').check();
      await page
        .getByLabel('What a denied person reads')
        .fill('Ask the help desk for a new laptop.');
      await stage.press('Try on recent sign-ins');
      expect(await stage.said()).toMatch(/\d sign-ins would have come out otherwise/);
      await stage.picture('policy-dry-run');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
      await stage.press('Save');
      expect(await page.textContent('h1')).toBe('Save Default policy?');
      expect(await stage.said()).toMatch(/\d sign-ins would have come out otherwise/);
      await stage.picture('policy-save');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
      await stage.press('Back to editing');
      expect(await page.getByLabel('Hardware').isChecked()).toBe(true);
      await stage.press('Save');
      await stage.press('Save policy');
      expect(await stage.said()).toContain('The policy Default policy is saved');
      expect(await deviceSignsIn()).toMatchObject({ code: 'policy_key_protection' });
      await stage.follow('Default policy');
      await page.getByLabel('Hardware').uncheck();
      await stage.press('Save');
      await stage.press('Save policy');
      expect(await deviceSignsIn()).toMatchObject({ status: 'managed' });
    });

    it('stays where it works in a long policy, and takes no rule away with the enter key', async () => {
      const { page } = stage;
      await stage.visit('/policies/default');
      await stage.press('Add rule');
      expect(new URL(page.url()).hash).toBe('#rule-2');
      const second = page.getByRole('group', { name: 'Rule 2' });
      await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
      const name = second.getByLabel('Name', { exact: true });
      await name.fill('A rule that is not finished');
      await Promise.all([page.waitForEvent('load'), name.press('Enter')]);
      expect(await page.textContent('h1')).toBe('Save Default policy?');
      await stage.press('Back to editing');
      expect(await page.locator('fieldset.rule').count()).toBe(2);
    });

    it('sees why a device is refused once its certificate is revoked', async () => {
      const { page } = stage;
      ca.revoke(device);
      publish();
      await expect
        .poll(async () => (await deviceSignsIn()).status, { interval: 500 })
        .toBe('refused');
      const outcome = await deviceSignsIn();
      expect(outcome).toMatchObject({ code: 'certificate_revoked' });
      await stage.visit('/sign-ins?outcome=denied&code=certificate_revoked');
      await page.getByRole('link', { name: /UTC/ }).first().click();
      await page.waitForURL('**/sign-ins/*');
      const shown = await page.textContent('main');
      expect(shown).toContain('certificate_revoked');
      expect(shown).toContain('keyCompromise');
      await stage.picture('sign-in-refused-revoked');
      await stage.visit('/revocation');
      await stage.picture('revocation');
      await stage.visit('/');
      expect(await page.textContent('main')).toContain('certificate_revoked');
      await stage.picture('overview');
    });

    it('finds every change in the audit log, in a whole chain', async () => {
      await stage.visit('/audit-log');
      await stage.follow('Verify the chain');
      expect(await stage.said()).toContain('The chain is whole');
      const text = await stage.page.textContent('main');
      for (const word of ['certificate_authority', 'device', 'policy'])
        expect(text).toContain(word);
      await stage.picture('audit-log');
    });

    it('adds a passkey, and signs in with it alone', async () => {
      const { page } = stage;
      const session = await stage.context.newCDPSession(page);
      await session.send('WebAuthn.enable');
      await session.send('WebAuthn.addVirtualAuthenticator', {
        options: {
          ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
          ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
        },
      });
      await stage.visit('/account');
      await page.getByLabel('Name of the new passkey').fill('Laptop');
      await stage.press('Add passkey');
      expect(await page.textContent('main')).toContain('Laptop');
      await stage.picture('account');
      await stage.press('Sign out');
      await stage.visit('/devices');
      await stage.picture('sign-in');
      await stage.press('Sign in with a passkey');
      await page.waitForURL('**/admin/devices');
      expect(await page.textContent('nav')).toContain(administrator.name);
    });
  },
);
