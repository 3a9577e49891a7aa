/** The console for those who do not look at it, or look at it on something small. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumComponent } from '../testkit/browser.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { programsComponent, TestAgent } from '../testkit/programs.ts';
import { describeWith } from '../testkit/require-component.ts';
import { TestCa } from '../testkit/test-ca.ts';
import { accessibilityFaults, walkWithTab } from './accessibility.ts';
import { ConsoleStage } from './console-stage.ts';
import { signIn } from './sign-in-page.ts';

const paths = [
  ...['/', '/sign-ins', '/devices', '/alarms', '/alarms?show=all', '/certificate-authorities'],
  ...['/certificate-authorities/add', '/test-certificate', '/revocation', '/endpoint-management'],
  ...['/endpoint-management/linux', '/endpoint-management/linux/remove', '/policies'],
  ...['/policies/default', '/policies/new', '/applications', '/applications/new'],
  ...['api', 'oidc', 'okta', 'entra'].map((kind) => `/applications/new?kind=${kind}`),
  ...[
    '/signing-keys',
    '/signing-keys/openid/replace',
    '/settings/federation/remove',
    '/administrators',
    '/administrators/new',
  ],
  ...['/api-tokens', '/audit-log?verify=yes', '/settings', '/account', '/nowhere'],
];

describeWith('the console', [chromiumComponent, programsComponent], ([executable = '']) => {
  const root = TestCa.root({ commonName: 'Example Root CA' });
  let stage: ConsoleStage;
  let agent: TestAgent;

  beforeAll(async () => {
    const ports = await freePorts(1);
    stage = await ConsoleStage.open(executable, {
      authorities: [root.certificate.pem],
      loopbackPorts: ports,
    });
    const { origin } = stage.server;
    agent = await TestAgent.start({ servers: [{ issuer: origin, origins: [origin] }], ports });
    const device = root.issue({ commonName: 'laptop' });
    agent.addIdentity('device', [device.pem], device.keyPem);
    await stage.page.goto(stage.server.page);
    await signIn(stage.page);
    agent.removeIdentities();
    await stage.page.goto(stage.server.page);
    await signIn(stage.page);
    await stage.setUp();
  });
  afterAll(async () => {
    await Promise.all([stage.close(), agent.remove()]);
  });

  /** The pages of the records that there are. */
  async function recordPaths(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [list, ...questions] of [
      ['/sign-ins'],
      ['/devices', 'deactivate'],
      ['/certificate-authorities', 'disable', 'delete'],
      ['/administrators', 'disable', 'delete'],
    ] as const) {
      await stage.visit(list);
      const href = await stage.page.locator('tbody th a').first().getAttribute('href');
      const path = (href ?? '').replace('/admin', '');
      found.push(path, ...questions.map((question) => `${path}/${question}`));
    }
    return found;
  }

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it('has names, labels, order and contrast on every page', async () => {
      await stage.page.emulateMedia({ colorScheme });
      for (const path of [...paths, ...(await recordPaths())]) {
        await stage.visit(path);
        expect([path, await accessibilityFaults(stage.page)]).toEqual([path, []]);
      }
    });
  });

  it('has them at the entrance too', async () => {
    const context = stage.context;
    const cookies = await context.cookies();
    await context.clearCookies();
    await stage.visit('/sign-in');
    expect(await accessibilityFaults(stage.page)).toEqual([]);
    await context.addCookies(cookies);
  });

  it.each(['/', '/policies/default', '/certificate-authorities/add'])(
    'is walked through with the tab key alone, each stop in sight: %s',
    async (path) => {
      await stage.visit(path);
      const stops = await walkWithTab(stage.page);
      expect(stops.filter(({ fault }) => fault !== undefined)).toEqual([]);
      expect(stops[0]?.stop).toBe('A Skip to the content');
      const reachable = await stage.page
        .locator(
          'a[href], button, input:not([type=hidden], [type=radio]), select, textarea, summary',
        )
        .filter({ visible: true })
        .count();
      expect(stops.length).toBeGreaterThanOrEqual(reachable - 1);
    },
  );

  it('leads with the first stop past the navigation', async () => {
    await stage.visit('/devices');
    await stage.page.keyboard.press('Tab');
    await stage.page.keyboard.press('Enter');
    await stage.page.keyboard.press('Tab');
    const isInside = await stage.page.evaluate(
      () => document.activeElement?.closest('main') !== null,
    );
    expect(isInside).toBe(true);
  });

  it('fits a narrow screen, where the navigation opens on demand', async () => {
    const { page } = stage;
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of [...paths, ...(await recordPaths())]) {
      await stage.visit(path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect([path, width]).toEqual([path, 390]);
    }
    await stage.visit('/');
    await stage.picture('narrow-overview');
    await stage.visit('/policies/default');
    await stage.picture('narrow-policy');
    expect(await page.getByRole('link', { name: 'Devices' }).isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await stage.picture('narrow-navigation');
    await stage.follow('Devices');
    await stage.picture('narrow-devices');
    expect(await page.textContent('h1')).toBe('Devices');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('pauses a live log that nobody has touched, so that its session can end', async () => {
    const page = await stage.context.newPage();
    await page.clock.install();
    await page.goto(`${stage.server.origin}/admin/sign-ins`);
    const pressed = () => page.getByRole('button', { name: 'Live' }).getAttribute('aria-pressed');
    await page.clock.fastForward('19:00');
    expect(await pressed()).toBe('true');
    await page.clock.fastForward('02:00');
    expect(await pressed()).toBe('false');
    expect(await page.locator('#announcement').textContent()).toBe('The log is paused.');
    await page.close();
  });

  it('can do everything without a script', async () => {
    const bare = await stage.context.newPage();
    await bare.route('**/*.js', (route) => route.abort());
    await bare.goto(`${stage.server.origin}/admin/certificate-authorities/add`);
    const other = TestCa.root({ commonName: 'Pasted CA' });
    await bare.getByLabel('Or paste the certificate').fill(other.certificate.pem);
    await bare.getByRole('button', { name: 'Add', exact: true }).click();
    await bare.waitForURL('**/admin/certificate-authorities');
    expect(await bare.textContent('main')).toContain('Pasted CA is added.');
    await bare.close();
  });
});
