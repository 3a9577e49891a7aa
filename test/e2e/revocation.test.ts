/** A device's certificate is revoked: the real programs, OpenSSL as CA, a CRL over HTTP. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumComponent, launchBrowser, type TestBrowser } from '../testkit/browser.ts';
import { CrlServer } from '../testkit/crl-server.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { OpensslCa, opensslComponent, type OpensslCertificate } from '../testkit/openssl-ca.ts';
import { programsComponent, TestAgent, TestServer } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { signIn } from './sign-in-page.ts';

const hour = 3_600_000;

describeWith(
  'a device whose certificate is revoked',
  [chromiumComponent, programsComponent, opensslComponent],
  ([executable = '']) => {
    let web: CrlServer;
    let ca: OpensslCa;
    let server: TestServer;
    let agent: TestAgent;
    let browser: TestBrowser;
    let device: OpensslCertificate;

    const publish = (): void => {
      const [from, to] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
      web.publish('/ca.crl', ca.makeCrl(from, to));
    };

    beforeAll(async () => {
      web = await CrlServer.start();
      ca = new OpensslCa('Revoking CA');
      device = ca.issue('laptop-7', { crl: [web.url('/ca.crl')] });
      publish();
      const ports = await freePorts(1);
      server = await TestServer.start({
        authorities: [ca.certificate.pem],
        loopbackPorts: ports,
        settings: { revocation: { allowedAddresses: [web.host], refreshInterval: 1 } },
      });
      const { origin } = server;
      agent = await TestAgent.start({ servers: [{ issuer: origin, origins: [origin] }], ports });
      agent.addIdentity('device', [device.pem], device.keyPem);
      browser = await launchBrowser(executable, []);
    });
    afterAll(async () => {
      await Promise.all([browser.close(), agent.remove(), server.remove(), web.close()]);
      await ca.remove();
    });

    it('signs in before, is refused within the refresh interval, and is told why', async () => {
      const page = await browser.context.newPage();
      const attempt = async () => {
        await page.goto(server.page);
        return signIn(page);
      };
      expect(await attempt()).toMatchObject({ status: 'managed' });
      expect(await page.textContent('#outcome')).toContain(
        `Not revoked, by CRL from ${web.url('/ca.crl')}, 60 min old`,
      );

      ca.revoke(device);
      publish();
      // Within its refresh interval of a second: by its own word the CRL is good for an hour.
      await expect.poll(async () => (await attempt()).status, { interval: 500 }).toBe('refused');
      expect(await attempt()).toMatchObject({ status: 'refused', code: 'certificate_revoked' });

      const refused = server.command('signins', 'list', '--limit', '1', '--json');
      const [{ result } = {}] = JSON.parse(refused) as { result?: { message: string } }[];
      expect(result?.message).toContain(`keyCompromise (crl from ${web.url('/ca.crl')}`);
      expect(server.command('crl', 'list')).toContain('CN=Revoking CA');
    });

    it('signs in again where its CA is no longer checked', async () => {
      const listed = server.command('ca', 'list', '--json');
      const [{ id } = { id: '' }] = JSON.parse(listed) as { id: string }[];
      server.command('ca', 'set', id, '--revocation', 'off');
      const page = await browser.context.newPage();
      await expect
        .poll(
          async () => {
            await page.goto(server.page);
            return (await signIn(page)).status;
          },
          { interval: 500 },
        )
        .toBe('managed');
    });
  },
);
