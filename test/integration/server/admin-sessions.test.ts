/** The admin API as a signed-in browser uses it, and as other sites' pages would. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBrowser } from './server-rig.ts';
import { adminToken, readProblem, ServerRig } from './server-rig.ts';

const setupToken = 'the set-up token of the tests';
const credentials = { name: 'alice', password: 'correct horse battery' };
const api = '/admin/api';
// Its pages may start sign-ins, and nothing here.
const application = 'https://app.example';

describe('the admin API with a session', () => {
  let rig: ServerRig;
  let browser: TestBrowser;
  let csrfToken: string;

  beforeAll(async () => {
    rig = await ServerRig.start({ setupToken, applicationOrigins: [application] });
    browser = rig.browser();
    const response = await browser.post(`${api}/setup`, { token: setupToken, ...credentials });
    ({ csrfToken } = (await response.json()) as { csrfToken: string });
  });
  afterAll(() => rig.close());

  const addPolicy = (headers: Record<string, string>, one = browser): Promise<Response> =>
    one.post(`${api}/policies`, { name: `Policy ${crypto.randomUUID()}`, rules: [] }, headers);

  it('reads with the cookie alone, and changes with the session’s token and origin', async () => {
    expect((await browser.fetch(`${api}/policies`)).status).toBe(200);
    expect((await addPolicy({ 'x-csrf-token': csrfToken })).status).toBe(201);
    expect((await rig.storage.audit.list({ limit: 1 })).items[0]).toMatchObject({
      ...{ actor: 'alice', via: 'api', address: '127.0.0.1', action: 'policy.add' },
    });
  });

  it('refuses what another site’s page sends along with the cookie', async () => {
    const before = (await rig.storage.policies.list()).length;
    expect(await readProblem(await addPolicy({}))).toEqual([403, 'csrf_token_invalid']);
    const wrong = await addPolicy({ 'x-csrf-token': `${csrfToken}x` });
    expect(await readProblem(wrong)).toEqual([403, 'csrf_token_invalid']);
    for (const origin of ['https://evil.example', 'null', application]) {
      const foreign = await addPolicy({ 'x-csrf-token': csrfToken, origin });
      expect(await readProblem(foreign)).toEqual([403, 'origin_not_allowed']);
    }
    expect(await rig.storage.policies.list()).toHaveLength(before);
  });

  it('does not let another site’s page sign its visitors in or set the server up', async () => {
    for (const path of ['session', 'setup', 'session/passkey-options', 'session/passkey']) {
      const headers = { origin: 'https://evil.example' };
      const response = await rig.browser().post(`${api}/${path}`, credentials, headers);
      expect(await readProblem(response)).toEqual([403, 'origin_not_allowed']);
    }
  });

  it('does not take a token in place of a session for one’s own account, nor both', async () => {
    const headers = { authorization: 'Bearer wrong', 'x-csrf-token': csrfToken };
    expect(await readProblem(await addPolicy(headers))).toEqual([401, 'admin_token_invalid']);
    for (const [method, path] of [
      ['PUT', 'password'],
      ['POST', 'passkeys/options'],
      ['POST', 'passkeys'],
    ] as const) {
      const response = await rig.fetch(`${api}/session/${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: 'not even read',
      });
      expect(await readProblem(response)).toEqual([401, 'sign_in_required']);
    }
  });

  it('reads no body of who may not', async () => {
    const response = await rig.fetch(`${api}/crls`, { method: 'POST', body: 'x'.repeat(1 << 20) });
    expect(await readProblem(response)).toEqual([401, 'sign_in_required']);
  });

  it('takes no passkey from a sign-in of ten minutes ago, and the console asks for another', async () => {
    const one = rig.browser();
    const opened = await one.post(`${api}/session`, credentials);
    const { csrfToken: token } = (await opened.json()) as { csrfToken: string };
    const begin = (): Promise<Response> =>
      one.post(`${api}/session/passkeys/options`, {}, { 'x-csrf-token': token });
    const account = async (): Promise<string> => (await one.fetch('/admin/account')).text();
    expect((await begin()).status).toBe(200);
    expect(await account()).toContain('id="add-passkey"');
    rig.clock.advance(10 * 60_000);
    expect(await readProblem(await begin())).toEqual([403, 'sign_in_old']);
    const page = await account();
    expect(page).not.toContain('id="add-passkey"');
    expect(page).toContain('href="/admin/sign-in?next=%2Fadmin%2Faccount"');
    expect((await one.fetch('/admin/sign-in?next=%2Fadmin%2Faccount')).status).toBe(200);
  });

  it('asks for another sign-in before somebody is let in, and shows no form that would be refused', async () => {
    const one = rig.browser();
    const opened = await one.post(`${api}/session`, credentials);
    const { csrfToken: token } = (await opened.json()) as { csrfToken: string };
    const paths = ['administrators/new', 'api-tokens', 'settings', 'account'];
    const askingAgain = async (): Promise<string[]> => {
      const asking = [];
      for (const path of paths) {
        const page = await (await one.fetch(`/admin/${path}`)).text();
        const next = encodeURIComponent(`/admin/${path}`);
        if (page.includes(`href="/admin/sign-in?next=${next}"`)) asking.push(path);
      }
      return asking;
    };
    expect(await askingAgain()).toEqual([]);
    rig.clock.advance(10 * 60_000);
    expect(await askingAgain()).toEqual(paths);
    const made = await one.post(
      `${api}/api-tokens`,
      { name: 'Planted', role: 'admin' },
      { 'x-csrf-token': token },
    );
    expect(await readProblem(made)).toEqual([403, 'sign_in_old']);
  });

  it('opens no session that a browser brought along', async () => {
    const other = rig.browser();
    other.cookies.set('countersign-admin', 'A'.repeat(43));
    await other.post(`${api}/session`, credentials);
    expect(other.cookies.get('countersign-admin')).not.toBe('A'.repeat(43));
    expect((await other.fetch(`${api}/session`)).status).toBe(200);
  });

  it('makes who fails too often wait, and says how long', async () => {
    const mallory = rig.browser();
    const attempt = () => mallory.post(`${api}/session`, { name: 'nobody', password: 'x' });
    for (let i = 0; i < 9; i++) await attempt();
    await attempt();
    const limited = await attempt();
    expect(limited.headers.get('retry-after')).toBe('6');
    expect(await readProblem(limited)).toEqual([429, 'rate_limited']);
    expect((await browser.fetch(`${api}/session`)).status).toBe(200);
  });
});
