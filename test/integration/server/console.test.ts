/** The console without a script: every page and form against the running server. */
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiContext } from '../../../src/server/api/index.ts';
import { registerConsole } from '../../../src/server/console/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { ConsoleVisitor, textOf } from './console-visitor.ts';
import { readAnswer, ServerRig } from './server-rig.ts';

const setupToken = 'the set-up token of the tests';
const password = 'correct horse battery';

/** Every route of the console, as method and path below /admin. */
async function routesOfConsole(): Promise<readonly string[]> {
  const routes = new Set<string>();
  const app = Fastify();
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`);
  });
  const site = { secure: false };
  registerConsole(app, { site } as ApiContext);
  await app.ready();
  return [...routes];
}

/** A route's path below /admin, with something in the places of its parameters. */
function visit(route: string): string {
  return route
    .replace(/^\w+ \/admin/, '')
    .replace(':platform', 'linux')
    .replace(':purpose', 'openid')
    .replace(/:\w+/g, 'nobody');
}

/** Routes that need no session. */
const entrance = /^\w+ \/admin(|\/assets\/:file|\/setup|\/sign-(in|out).*|\/oidc\/callback|\/\*)$/;

/** Pages whose form only an administrator may send. */
const forAdmins =
  /^GET \/admin\/(?!account\/).*\/(new|add|replace|remove|disable|delete|deactivate|secret|:platform)$/;

/** What an auditor may send: it changes nothing, or their own account alone. */
const forAuditors = /^POST \/admin\/(test-certificate|account\/.*)$/;

const routes = await routesOfConsole();
const inside = routes.filter((route) => !entrance.test(route));
const pages = inside.filter((route) => route.startsWith('GET '));
// The script's own requests are JSON; they are tried by themselves.
const scripted = /passkeys\/(begin|finish)$/;
const actions = inside.filter((route) => route.startsWith('POST ') && !scripted.test(route));

describe('the console', () => {
  let rig: ServerRig;
  let admin: ConsoleVisitor;
  let auditor: ConsoleVisitor;

  beforeAll(async () => {
    rig = await ServerRig.start({ setupToken });
    admin = new ConsoleVisitor(rig);
    await admin.send('/setup', { token: setupToken, name: 'ada', password });
    await admin.open('/');
    await admin.follow('/administrators/new', { name: 'audrey', role: 'auditor', password });
    auditor = new ConsoleVisitor(rig);
    await auditor.signIn('audrey', password);
  });
  afterAll(() => rig.close());

  it('has pages and actions to try', () => {
    expect(pages.length).toBeGreaterThan(25);
    expect(actions.length).toBeGreaterThan(25);
  });

  describe('for somebody who is not signed in', () => {
    it.each(inside.filter((route) => !scripted.test(route)))(
      'leads from %s to the entrance',
      async (route) => {
        const visitor = new ConsoleVisitor(rig);
        const isPage = route.startsWith('GET ');
        const path = visit(route);
        const { status, location, html } = isPage
          ? await visitor.open(path)
          : await visitor.send(path, { csrf: admin.csrf });
        expect([status, html]).toEqual([303, '']);
        const next = isPage ? `?next=${encodeURIComponent(`/admin${path}`)}` : '';
        expect(location).toBe(`/admin/sign-in${next}`);
      },
    );

    it.each(routes.filter((route) => /passkeys\/(begin|finish)$/.test(route)))(
      'refuses %s',
      async (route) => {
        const { browser } = new ConsoleVisitor(rig);
        const response = await browser.post(`/admin${visit(route)}`, { csrf: admin.csrf });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ code: 'sign_in_required' });
      },
    );

    it('goes on where they wanted to go, and nowhere else', async () => {
      const visitor = new ConsoleVisitor(rig);
      for (const [next, location] of [
        ['/admin/devices?text=x', '/admin/devices?text=x'],
        ['https://evil.example/admin/', '/admin/'],
        ['//evil.example/admin/', '/admin/'],
        ['/admin/api/overview', '/admin/'],
        ['javascript:alert(1)', '/admin/'],
      ]) {
        const answer = await visitor.send('/sign-in', {
          name: 'audrey',
          password,
          next: next ?? '',
        });
        expect(answer.location).toBe(location);
      }
    });

    it.each(['/sign-in/openid', '/oidc/callback?code=x&state=y', '/oidc/callback'])(
      'says at the entrance why %s led nowhere',
      async (path) => {
        const visitor = new ConsoleVisitor(rig);
        const { status, location } = await visitor.open(path);
        expect([status, location]).toEqual([303, '/admin/sign-in']);
        const { html } = await visitor.open('/sign-in');
        expect(textOf(html)).toContain('No OpenID provider is set for administrators.');
        expect(textOf((await visitor.open('/sign-in')).html)).not.toContain('OpenID provider');
      },
    );

    it.each([
      ['no JSON object', '[]'],
      ['no JSON', '{'],
      ['a ceremony that was not begun', '{"ceremony":"x","next":"","response":{"id":"x"}}'],
      ['no answer of an authenticator', '{"ceremony":"x","next":"","response":1}'],
      ['far too much', `{"ceremony":"${'x'.repeat(20_000)}"}`],
    ])('answers a passkey sign-in with %s as a problem', async (_what, body) => {
      const { browser } = new ConsoleVisitor(rig);
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      const response = await browser.fetch('/admin/sign-in/passkey/finish', init);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(response.headers.getSetCookie()).toEqual([]);
    });

    it('says the same of a wrong name and a wrong password', async () => {
      const visitor = new ConsoleVisitor(rig);
      const texts = [];
      for (const name of ['nobody', 'ada']) {
        const { status, html } = await visitor.send('/sign-in', {
          name,
          password: 'wrong wrong wrong',
        });
        expect(status).toBe(422);
        texts.push(textOf(html));
      }
      expect(texts[0]).toContain('The name or the password is wrong');
      expect(texts[1]).toBe(texts[0]);
    });
  });

  describe('for an auditor', () => {
    it.each(pages.filter((route) => !route.includes(':') && !forAdmins.test(route)))(
      'shows %s',
      async (route) => {
        const { status, html } = await auditor.open(visit(route));
        expect(status).toBe(200);
        expect(html).toMatch(/^<!doctype html>/);
      },
    );

    it.each(pages.filter((route) => forAdmins.test(route)))(
      'does not show the form of %s',
      async (route) => {
        const { status, html } = await auditor.open(visit(route));
        expect(status).toBe(403);
        expect(textOf(html)).toContain('This needs the role admin');
      },
    );

    it.each(actions.filter((route) => !forAuditors.test(route)))('refuses %s', async (route) => {
      const before = await rig.storage.audit.list({ limit: 1 });
      const { status, html } = await auditor.send(visit(route));
      expect(status).toBe(403);
      expect(textOf(html)).toContain('This needs the role admin');
      expect(await rig.storage.audit.list({ limit: 1 })).toEqual(before);
    });

    it('offers nothing that they may not do', async () => {
      for (const route of pages.filter((one) => !one.includes(':') && !forAdmins.test(one))) {
        const { html } = await auditor.open(visit(route));
        const targets = Array.from(
          html.matchAll(/method="post"\s+action="([^"]+)"/g),
          ([, to]) => to,
        );
        const own = targets.filter((to) => /sign-out|test-certificate|account/.test(to ?? ''));
        expect([route, targets]).toEqual([route, own]);
      }
    });
  });

  describe('for an administrator', () => {
    it.each(actions)('refuses %s without the session’s token', async (route) => {
      const { status, html } = await admin.send(visit(route), { csrf: auditor.csrf });
      expect([status, textOf(html)]).toEqual([
        403,
        expect.stringContaining('The request does not carry its session’s token'),
      ]);
    });

    it.each(actions)('refuses %s from another site', async (route) => {
      const { status } = await admin.send(visit(route), {}, { origin: 'https://evil.example' });
      expect(status).toBe(403);
    });

    it.each(actions)('answers %s with nothing in it, and does not fail', async (route) => {
      const { status, html } = await admin.send(visit(route));
      expect([303, 400, 404, 409, 422]).toContain(status);
      expect(html).not.toContain('The server failed');
    });

    it.each(pages)('shows %s, or says that there is none', async (route) => {
      const { status, html, headers } = await admin.open(visit(route));
      expect([200, 404]).toContain(status);
      expect(html).toMatch(/^<!doctype html>/);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      // Nothing that the policy would have to let pass.
      expect(html).not.toMatch(/ style=| on\w+=|<script(?! src)|javascript:/i);
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it('answers a form that is too large, is junk or is none', async () => {
      const large = await admin.send('/settings/devices', { clones: 'x'.repeat(600_000) });
      expect(large.status).toBe(413);
      const visitor = admin.browser;
      for (const [type, body, status] of [
        ['application/x-www-form-urlencoded', new Uint8Array([0xff, 0xfe]), 400],
        ['multipart/form-data; boundary=x', 'x', 415],
        ['application/x-www-form-urlencoded', '&'.repeat(10_000), 403],
      ] as const) {
        const headers = { 'content-type': type };
        const init = { method: 'POST', headers, body };
        expect((await visitor.fetch('/admin/settings/devices', init)).status).toBe(status);
      }
    });

    it('answers what is not there with a page, and the API’s part as the API does', async () => {
      const { status, html } = await admin.open('/nowhere');
      expect([status, textOf(html)]).toEqual([
        404,
        expect.stringContaining('nothing at this address'),
      ]);
      const api = await admin.browser.fetch('/admin/api/nowhere');
      expect(api.headers.get('content-type')).toContain('application/problem+json');
    });
  });

  describe('certificate authorities', () => {
    const other = TestCa.root({ commonName: 'Other <b>CA</b>' });

    it('are added by pasting, without a script', async () => {
      const { html } = await admin.follow('/certificate-authorities/add', {
        text: other.certificate.pem,
      });
      expect(html).toContain('The certificate authority Other &lt;b&gt;CA&lt;/b&gt; is added.');
      expect(html).not.toContain('<b>CA');
      const again = await admin.open('/certificate-authorities');
      expect(again.html).not.toContain('is added.');
    });

    it('are added from files, each with its own answer; a private key is not sent back', async () => {
      const leaf = other.issue();
      const encode = (bytes: Uint8Array | string): string =>
        Buffer.from(bytes).toString('base64url');
      const fresh = TestCa.root({ commonName: 'Fresh' });
      const { status, html } = await admin.send('/certificate-authorities/add', {
        'file-name': ['good.der', 'leaf.pem', 'key.pem', '<i>junk</i>'],
        'file-content': [
          encode(fresh.certificate.der),
          encode(leaf.pem),
          encode(leaf.keyPem),
          encode('junk'),
        ],
        text: leaf.keyPem,
      });
      const text = textOf(html);
      expect(status).toBe(422);
      expect(text).toContain('good.der The certificate authority Fresh is added.');
      expect(text).toContain('leaf.pem was not taken');
      expect(text).toContain('The certificate is not a CA’s');
      expect(text).toContain('key.pem was not taken The file holds a private key.');
      expect(text).toContain('<i>junk</i> was not taken The file holds no certificate.');
      expect(text).toContain('The pasted text was not taken');
      expect(html).not.toContain('PRIVATE KEY-----');
    });

    it('are shown as a tree, with their fingerprints and what is missing above them', async () => {
      const below = TestCa.root({ commonName: 'Unseen Root' }).issueCa({ commonName: 'Branch CA' });
      const { html } = await admin.follow('/certificate-authorities/add', {
        text: below.certificate.pem,
      });
      const text = textOf(html);
      expect(text).toContain('CN=Unseen Root,O=Test Not uploaded.');
      expect(text).toMatch(/Branch CA.*Key usage keyCertSign.*Key identifier/);
    });

    it('are explained: why a certificate is accepted, and why another is not', async () => {
      const good = await admin.send('/test-certificate', {
        text: rig.root.issue({ commonName: 'laptop' }).pem,
      });
      expect(textOf(good.html)).toContain('The certificate is accepted');
      const foreign = TestCa.root({ commonName: 'Foreign' }).issue({ commonName: 'laptop' });
      const bad = await admin.send('/test-certificate', { text: foreign.pem });
      expect(textOf(bad.html)).toContain('The certificate is refused');
      expect(textOf(bad.html)).toMatch(/RFC 5280/);
    });

    it('keep what was given where their revocation settings are wrong', async () => {
      const [id = ''] = (await rig.storage.authorities.list()).map((authority) => authority.id);
      const fields = { mode: 'grace', graceHours: '99999', methods: 'ocsp', unpublished: 'accept' };
      const { status, html } = await admin.send(
        `/certificate-authorities/${id}/revocation`,
        fields,
      );
      expect(status).toBe(422);
      expect(textOf(html)).toContain('The grace must be a whole number of hours');
      expect(html).toMatch(/value="99999"/);
      const path = `/certificate-authorities/${id}/revocation`;
      const saved = await admin.follow(path, { ...fields, graceHours: '48' });
      expect(textOf(saved.html)).toContain('The revocation settings are saved.');
      expect((await rig.storage.authorities.list())[0]?.revocation).toMatchObject({
        graceHours: 48,
        methods: ['ocsp'],
      });
    });

    it('say what hangs on them before they are deleted', async () => {
      const added = (await rig.storage.authorities.list()).at(-1)?.id ?? '';
      const asked = await admin.open(`/certificate-authorities/${added}/delete`);
      expect(textOf(asked.html)).toContain('Devices with a certificate of it 0 devices');
      const gone = await admin.follow(`/certificate-authorities/${added}/delete`, {});
      expect(textOf(gone.html)).toContain('Branch CA is deleted.');
    });
  });

  it('says what a revocation list should be, with the pasted text still there', async () => {
    const { status, html } = await admin.send('/revocation/upload', { text: 'no list at all' });
    expect(status).toBe(422);
    expect(textOf(html)).toContain('The pasted text was not taken: a CRL in PEM or DER form');
    expect(html).toMatch(/<textarea[^>]*>\s*no list at all<\/textarea>/);
  });

  describe('authentication policies', () => {
    const rule = {
      'rule-0-name': 'Hardware keys',
      'rule-0-device': 'managed',
      'rule-0-effect': 'allow',
      'rule-0-keyProtection': 'hardware',
    };
    const form = { name: 'Strict', version: '0', rules: '1', ...rule };

    it('are edited without a script, and saved only by their button', async () => {
      const added = await admin.send('/policies/new', { ...form, action: 'add' });
      expect(added.html).toContain('name="rule-1-name"');
      const two = { ...form, rules: '2', 'rule-1-name': 'Second', 'rule-1-device': 'any' };
      const moved = await admin.send('/policies/new', { ...two, action: 'down:0' });
      expect(moved.html).toMatch(/name="rule-0-name"[^>]*value="Second"/);
      expect(moved.html).toMatch(/name="rule-1-name"[^>]*value="Hardware keys"/);
      const removed = await admin.send('/policies/new', { ...two, action: 'remove:0' });
      expect(removed.html).not.toContain('rule-1-name');
      expect(removed.html).toMatch(/name="rule-0-name"[^>]*value="Second"/);
      expect(await rig.storage.policies.list()).toEqual([]);
    });

    it('say what is wrong, with everything that was given still there', async () => {
      const wrong = { ...form, name: '', 'rule-0-agentAtLeast': 'one' };
      const { status, html } = await admin.send('/policies/new', { ...wrong, action: 'save' });
      expect(status).toBe(422);
      expect(html).toMatch(/name="rule-0-agentAtLeast"[^>]*value="one"/);
      expect(html).toMatch(/id="field-rule-0-keyProtection-hardware"[^>]*checked/);
    });

    it('are tried on recent sign-ins before they are saved', async () => {
      await signInOnce(rig);
      const { html } = await admin.send('/policies/new', { ...form, action: 'try' });
      expect(textOf(html)).toContain('1 sign-in would have come out otherwise');
      expect(textOf(html)).toContain('Of the last 1 sign-in: 1 newly denied');
      expect(await rig.storage.policies.list()).toEqual([]);
      const saved = await admin.follow('/policies/new', { ...form, action: 'save' });
      expect(textOf(saved.html)).toContain('The policy Strict is saved');
    });

    it('say for whom their rules change, before those hold for an application in use', async () => {
      await signInOnce(rig);
      const strict = { ...form, name: 'Default policy', version: '0' };
      const asked = await admin.send('/policies/default', { ...strict, action: 'save' });
      const text = textOf(asked.html);
      expect(text).toContain('Save Default policy?');
      expect(text).toContain('at: the server’s own pages.');
      expect(text).toMatch(/\d newly denied/);
      expect(asked.html).toMatch(/name="rule-0-keyProtection" value="hardware"/);
      const before = await admin.open('/policies/default');
      expect(before.html).not.toMatch(/keyProtection-hardware"[^>]*checked/);
      const back = await admin.send('/policies/default', {
        ...strict,
        confirmed: 'yes',
        action: 'edit',
      });
      expect(back.html).toMatch(/keyProtection-hardware"[^>]*checked/);
      const renamed = {
        ...{ name: 'Everybody', version: '0', rules: '1', action: 'save' },
        ...{ 'rule-0-name': 'Managed devices', 'rule-0-device': 'managed' },
        'rule-0-effect': 'allow',
      };
      const saved = await admin.follow('/policies/default', renamed);
      expect(textOf(saved.html)).toContain('The policy Everybody is saved');
    });

    it('do not overwrite a change that was made meanwhile', async () => {
      const policies = await rig.storage.policies.list();
      const policy = policies.find(({ name }) => name === 'Strict');
      const path = `/policies/${policy?.id ?? ''}`;
      const version = String(policy?.version);
      await admin.follow(path, { ...form, version, name: 'First', action: 'save' });
      const late = await admin.send(path, { ...form, version, name: 'Late', action: 'save' });
      expect(late.status).toBe(422);
      expect(textOf(late.html)).toContain('changed meanwhile');
    });
  });

  describe('sign-ins and devices', () => {
    it('show what was decided, and let a device be deactivated', async () => {
      await signInOnce(rig);
      const log = await admin.open('/sign-ins?outcome=allowed');
      const [, record = ''] = /href="\/admin(\/sign-ins\/[^"?]+)"/.exec(log.html) ?? [];
      const shown = textOf((await admin.open(record)).html);
      expect(shown).toContain('Allowed');
      expect(shown).toContain('Certification path');
      const devices = await admin.open('/devices');
      const [, device = ''] = /href="\/admin(\/devices\/[^"?]+)"/.exec(devices.html) ?? [];
      const asked = textOf((await admin.open(`${device}/deactivate`)).html);
      expect(asked).toContain('is refused from the next sign-in on');
      expect((await admin.open(device)).html).toContain(`href="/admin${device}/deactivate"`);
      const off = await admin.follow(`${device}/state`, { state: 'deactivated' });
      expect(textOf(off.html)).toContain('The device is refused from now on. ');
      const on = await admin.follow(`${device}/state`, { state: 'active' });
      expect(textOf(on.html)).toContain('The device counts again.');
    });

    it('are exported with the console’s own session', async () => {
      const { html } = await admin.open('/sign-ins?code=device_managed');
      const links = Array.from(html.matchAll(/href="(\/admin\/api\/[^"]+)"/g), ([, link = '']) =>
        link.replace(/&amp;/g, '&'),
      );
      expect(links).toHaveLength(2);
      for (const link of links) {
        const response = await admin.browser.fetch(link);
        expect([link, response.status]).toEqual([link, 200]);
        expect(await response.text()).toContain('device_managed');
      }
      const audit = await admin.browser.fetch('/admin/api/audit/export');
      expect(await audit.text()).toContain('certificate_authority');
    });
  });

  describe('what people feel at once is asked first', () => {
    it('for an application, with how much it is used', async () => {
      await admin.follow('/applications/new', {
        ...{ kind: 'oidc', name: 'Wiki', policy: 'default', version: '0', public: 'on' },
        redirectUris: 'https://wiki.example.com/callback',
      });
      const wiki = (await rig.storage.applications.list()).find(({ name }) => name === 'Wiki');
      const path = `/applications/${wiki?.id ?? ''}`;
      expect((await admin.open(path)).html).not.toContain(`action="/admin${path}/state"`);
      for (const question of ['disable', 'delete']) {
        const { html } = await admin.open(`${path}/${question}`);
        expect(textOf(html)).toContain('In the last 7 days 0 sign-ins');
      }
      const off = await admin.follow(`${path}/state`, { disabled: 'yes', version: '1' });
      expect(textOf(off.html)).toContain('Nobody signs in through it until it is enabled.');
      expect(off.html).toContain(`action="/admin${path}/state"`);
    });

    it('for a certificate authority, with what hangs on it', async () => {
      const [id = ''] = (await rig.storage.authorities.list()).map((authority) => authority.id);
      const path = `/certificate-authorities/${id}`;
      expect((await admin.open(path)).html).not.toContain(`action="/admin${path}/state"`);
      const asked = textOf((await admin.open(`${path}/disable`)).html);
      expect(asked).toMatch(/Devices with a certificate of it \d+ device/);
      const off = await admin.follow(`${path}/state`, { disabled: 'yes' });
      expect(textOf(off.html)).toContain('counts for nothing until it is enabled again');
      const on = await admin.follow(`${path}/state`, { disabled: 'no' });
      expect(textOf(on.html)).toContain('counts again');
    });

    it('for a platform, with its devices', async () => {
      const { html } = await admin.open('/endpoint-management/linux/remove');
      expect(textOf(html)).toMatch(/Its devices in the inventory \d+ device/);
    });

    it('for an administrator, who cannot be locked out by one click', async () => {
      await admin.follow('/administrators/new', { name: 'bob', role: 'auditor', password });
      const all = await rig.storage.administrators.list();
      const path = `/administrators/${all.find(({ name }) => name === 'bob')?.id ?? ''}`;
      expect((await admin.open(path)).html).not.toContain(`action="/admin${path}/state"`);
      const asked = await admin.open(`${path}/disable`);
      expect(textOf(asked.html)).toContain('Their sessions end at once');
      const off = await admin.follow(`${path}/state`, { disabled: 'yes', version: '1' });
      expect(textOf(off.html)).toContain('bob cannot sign in until enabled again.');
      const on = await admin.follow(`${path}/state`, { disabled: 'no', version: '2' });
      expect(textOf(on.html)).toContain('bob can sign in again.');
    });

    it('for an API token, and for what does not exist there is no question', async () => {
      await admin.send('/api-tokens', { name: 'export', role: 'auditor', days: '30' });
      const { html } = await admin.open('/api-tokens');
      const [, path = ''] = /href="\/admin(\/api-tokens\/[^"]+\/delete)"/.exec(html) ?? [];
      expect(textOf((await admin.open(path)).html)).toContain(
        'Whatever uses this token is refused',
      );
      const gone = await admin.follow(path, {});
      expect(textOf(gone.html)).toContain('is revoked.');
      for (const nobody of [path, '/account/passkeys/nobody/delete']) {
        expect((await admin.open(nobody)).status).toBe(404);
      }
    });
  });

  describe('secrets', () => {
    it('of an application are shown once', async () => {
      const { html } = await admin.send('/applications/new', {
        ...{ kind: 'api', name: 'Payroll', policy: 'default', version: '0' },
        origins: 'https://login.example.com',
      });
      const secret = /class="secret">[\s\S]*?<code>([\w-]{43})<\/code>/.exec(html)?.[1];
      const [application] = await rig.storage.applications.list();
      expect(secret).toBeDefined();
      const page = await admin.open(`/applications/${application?.id ?? ''}`);
      expect(page.html).not.toContain(secret);
    });

    it('of an API token are shown once', async () => {
      const { html } = await admin.send('/api-tokens', {
        name: 'backup',
        role: 'auditor',
        days: '30',
      });
      const token = /class="secret">[\s\S]*?<code>([^<]+)<\/code>/.exec(html)?.[1] ?? '';
      const headers = { authorization: `Bearer ${token}` };
      expect((await rig.fetch('/admin/api/overview', { headers })).status).toBe(200);
      expect((await admin.open('/api-tokens')).html).not.toContain(token);
    });
  });

  it('signs out', async () => {
    const visitor = new ConsoleVisitor(rig);
    await visitor.signIn('audrey', password);
    const { html } = await visitor.follow('/sign-out', {});
    expect(textOf(html)).toContain('You are signed out.');
    expect((await visitor.open('/')).location).toContain('/admin/sign-in');
  });
});

/** A device of the rig's CA signs in at the server's own page. */
async function signInOnce(rig: ServerRig): Promise<void> {
  const leaf = rig.issuing.issue({ commonName: 'laptop' });
  const start = await rig.browser().start();
  const proof = new TestDevice(leaf, rig.issuing).prove(start.challengeRequest, rig.clock.now());
  const answer = await readAnswer(await rig.postProof(proof));
  if (!answer.managed) throw new Error(answer.message);
}
