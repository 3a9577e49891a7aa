import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declineOf, TestDevice } from '../../testkit/test-device.ts';
import { readProblem, ServerRig, type TestBrowser } from './server-rig.ts';

describe('the demonstration', () => {
  let rig: ServerRig;
  let browser: TestBrowser;

  beforeEach(async () => {
    rig = await ServerRig.start({ demo: true, loopbackPorts: [31861] });
    browser = rig.browser();
  });
  afterEach(() => rig.close());

  /** Signs in with a managed device. @returns the transaction */
  async function signIn(commonName = 'laptop-7'): Promise<string> {
    const { transaction, challengeRequest } = await browser.start();
    const device = new TestDevice(rig.root.issue({ commonName }));
    await rig.postProof(device.prove(challengeRequest, rig.clock.now()));
    return transaction;
  }
  const openSession = (transaction: string, by: TestBrowser = browser): Promise<Response> =>
    by.post('/demo/session', { transaction });

  it('serves its page under a policy that allows its own files and agents, no inline code', async () => {
    expect((await rig.fetch('/')).headers.get('location')).toBe('/demo/');
    const page = await rig.fetch('/demo/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
        "connect-src 'self' http://127.0.0.1:31861 http://localhost:31861; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    const html = await page.text();
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
    const files = [...html.matchAll(/(?:href|src)="([a-z-]+\.(?:css|svg))"/g)].map(([, f]) => f);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect((await rig.fetch(`/demo/${file}`)).status).toBe(200);
  });

  it.each([
    '/demo/..%2fdemo-routes.ts',
    '/demo/%2e%2e%2f%2e%2e%2fserver.ts',
    '/demo/..%5cindex.ts',
    '/demo/%2fetc%2fpasswd',
    '/demo/index.html%00.css',
    '/demo/sign-in.ts',
    '/demo/page/index.html',
  ])('serves nothing else: not %s', async (path) => {
    expect(await readProblem(await rig.fetch(path))).toEqual([404, 'route_not_found']);
  });

  it('lets a managed device in, and shows with what', async () => {
    expect((await browser.fetch('/demo/account')).headers.get('location')).toBe('/demo/');
    const opened = await openSession(await signIn());
    expect([opened.status, await opened.json()]).toEqual([201, { location: '/demo/account' }]);
    const account = await browser.fetch('/demo/account');
    expect(account.status).toBe(200);
    expect(await account.text()).toContain('CN=laptop-7,O=Test');
  });

  it('escapes what certificates say', async () => {
    await openSession(await signIn('<script>alert("1")</script>&\''));
    const html = await (await browser.fetch('/demo/account')).text();
    expect(html).toContain(
      'CN=\\&lt;script\\&gt;alert(\\&quot;1\\&quot;)\\&lt;/script\\&gt;&amp;&#39;',
    );
    expect(html).not.toContain('<script');
  });

  it('lets nobody in for a verdict twice', async () => {
    const transaction = await signIn();
    await openSession(transaction);
    const again = await openSession(transaction);
    expect(again.headers.getSetCookie()).toEqual([]);
    expect(await readProblem(again)).toEqual([409, 'transaction_answered']);
  });

  it('lets nobody in for another browser’s verdict', async () => {
    const transaction = await signIn();
    const stranger = rig.browser();
    await stranger.start();
    const refusal = [404, 'transaction_unknown'];
    expect(await readProblem(await openSession(transaction, stranger))).toEqual(refusal);
    expect((await stranger.fetch('/demo/account')).status).toBe(303);
  });

  it('lets nobody in without a good verdict', async () => {
    const { transaction, challengeRequest } = await browser.start();
    const refusal = [404, 'transaction_unknown'];
    expect(await readProblem(await openSession(transaction))).toEqual(refusal);
    await rig.postDecline(declineOf(challengeRequest, 'device_no_certificate'));
    expect(await readProblem(await openSession(transaction))).toEqual(refusal);
  });

  it('takes sessions and sign-outs from its own pages only', async () => {
    const transaction = await signIn();
    const origin = 'https://evil.example';
    const refusal = [403, 'origin_not_allowed'];
    const session = await browser.post('/demo/session', { transaction }, { origin });
    expect(await readProblem(session)).toEqual(refusal);
    await openSession(transaction);
    const signOut = await browser.fetch('/demo/sign-out', { method: 'POST', headers: { origin } });
    expect(await readProblem(signOut)).toEqual(refusal);
    expect((await browser.fetch('/demo/account')).status).toBe(200);
  });

  it('ends a session when the person signs out, also for who kept the cookie', async () => {
    const transaction = await signIn();
    await openSession(transaction);
    const kept = new Map(browser.cookies);
    const left = await browser.fetch('/demo/sign-out', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([left.status, left.headers.get('location')]).toEqual([303, '/demo/']);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect((await browser.fetch('/demo/account')).status).toBe(303);
    const again = await openSession(transaction);
    expect(await readProblem(again)).toEqual([409, 'transaction_answered']);
  });

  it('ends a session after an hour', async () => {
    await openSession(await signIn());
    rig.clock.advance(3_600_000);
    expect((await browser.fetch('/demo/account')).status).toBe(303);
  });

  it.each(['', 'junk', '[]', '{}', '{"transaction":1}', '{"a":{"b":{"c":1}}}'])(
    'answers the body %j of a session request with a problem',
    async (body) => {
      const headers = { 'content-type': 'application/json', origin: rig.issuer };
      const response = await rig.fetch('/demo/session', { method: 'POST', headers, body });
      expect((await readProblem(response))[0]).toBe(400);
    },
  );

  it('takes session requests as JSON only', async () => {
    const body = JSON.stringify({ transaction: await signIn() });
    const headers = { 'content-type': 'application/jwt' };
    const response = await browser.fetch('/demo/session', { method: 'POST', headers, body });
    expect(await readProblem(response)).toEqual([415, 'media_type_unsupported']);
  });
});
