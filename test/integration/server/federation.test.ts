/** Administrators sign in at their company's OpenID provider. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { cookieOf, issuer, makeAccessRig, password } from '../../unit/server/admins/rig.ts';
import { OpenidProvider, type ProviderUser } from './openid-provider.ts';

const address = '192.0.2.1';
const alice = { sub: 'a-1', preferred_username: 'alice@corp.example', groups: ['console-admins'] };

describe('the administrators’ own OpenID provider', () => {
  let provider: OpenidProvider;
  let rig: Awaited<ReturnType<typeof makeAccessRig>>;

  beforeAll(async () => {
    provider = await OpenidProvider.start(`${issuer}/admin/oidc/callback`);
  });
  afterAll(() => provider.stop());
  beforeEach(async () => {
    rig = await makeAccessRig();
  });
  afterEach(() => rig.storage.close());

  const values = { adminValues: ['console-admins'], auditorValues: ['audit'] };
  const configure = (changes: object = values) =>
    rig.settings.change(0, {
      ...{ name: 'Corp', issuer: provider.issuer, clientId: provider.clientId },
      ...{ clientSecret: provider.clientSecret, roleClaim: 'groups' },
      ...{ adminValues: [], auditorValues: [], ...changes },
    });

  /** @returns the callback's query, and the browser's cookie */
  async function begin(user: ProviderUser) {
    provider.user = user;
    const { location, setCookie } = await rig.access.beginFederation(address);
    const callback = await provider.follow(location);
    expect(callback.origin + callback.pathname).toBe(`${issuer}/admin/oidc/callback`);
    return { query: callback.search.slice(1), cookie: cookieOf(setCookie) };
  }

  async function signIn(user: ProviderUser) {
    const { query, cookie } = await begin(user);
    const session = await rig.access.finishFederation(query, cookie, address);
    return session.signedIn.administrator;
  }

  it('gives who has a role there an account here, with that role', async () => {
    await configure();
    expect(await rig.access.federationName()).toBe('Corp');
    expect(await signIn(alice)).toMatchObject({
      ...{ name: 'alice@corp.example', role: 'admin', hasPassword: false },
      federation: { issuer: provider.issuer, subject: 'a-1' },
    });
    const log = await rig.storage.audit.read(0, 10);
    expect(log.map(({ action, actor, via }) => [action, actor, via])).toEqual([
      ['administrator.add', 'Corp', 'server'],
      ['session.open', 'alice@corp.example', 'console'],
    ]);
    expect(JSON.stringify(log)).not.toContain(provider.clientSecret);
  });

  it('decides the role at each sign-in', async () => {
    await configure();
    await rig.accounts.add({ name: 'Local', role: 'admin' });
    const { id } = await signIn(alice);
    const demoted = await signIn({ ...alice, groups: ['audit', 'others'] });
    expect(demoted).toMatchObject({ id, role: 'auditor' });
    expect((await signIn({ ...alice, groups: ['audit', 'console-admins'] })).role).toBe('admin');
    expect(await codeOfRejection(signIn({ ...alice, groups: ['others'] }))).toBe(
      'federation_no_role',
    );
    expect(await codeOfRejection(signIn({ sub: 'b-2' }))).toBe('federation_no_role');
    expect(await rig.accounts.list()).toHaveLength(2);
  });

  it('does not have anyone take over an account of the same name', async () => {
    await configure();
    const passwordHash = await rig.accounts.hashPassword(password, 'alice');
    const local = await rig.accounts.add({
      name: alice.preferred_username,
      role: 'admin',
      passwordHash,
    });
    const federated = await signIn(alice);
    expect(federated.id).not.toBe(local.id);
    expect(federated.name).toBe('alice@corp.example (2)');
    const twin = await signIn({ ...alice, sub: 'a-2' });
    expect(twin.name).toBe('alice@corp.example (3)');
  });

  it('lets in only those who were added by subject, where it decides no roles', async () => {
    await configure({});
    expect(await codeOfRejection(signIn(alice))).toBe('federation_no_role');
    const federation = { issuer: provider.issuer, subject: 'a-1' };
    await rig.accounts.add({ name: 'Alice', role: 'auditor', federation });
    expect(await signIn(alice)).toMatchObject({ name: 'Alice', role: 'auditor' });
  });

  it('does not let in who is disabled here', async () => {
    await configure();
    await rig.accounts.add({ name: 'Local', role: 'admin' });
    const { id, version } = await signIn(alice);
    await rig.accounts.change(id, version, { disabled: true });
    expect(await codeOfRejection(signIn(alice))).toBe('federation_no_role');
  });

  it('is answered in the browser that asked, once, and in time', async () => {
    await configure();
    const mine = await begin(alice);
    const other = await begin(alice);
    const finish = (query: string, cookie: string | undefined) =>
      codeOfRejection(rig.access.finishFederation(query, cookie, '192.0.2.7'));
    expect(await finish(mine.query, undefined)).toBe('federation_failed');
    expect(await finish(mine.query, other.cookie)).toBe('federation_failed');
    expect(await finish('', mine.cookie)).toBe('federation_failed');
    expect(await finish(mine.query, mine.cookie)).toBe('federation_failed');
    const good = await begin(alice);
    expect(
      (await rig.access.finishFederation(good.query, good.cookie, address)).setCookie,
    ).toBeTruthy();
    expect(await finish(good.query, good.cookie)).toBe('federation_failed');
    const late = await begin(alice);
    rig.clock.advance(5 * 60_000);
    expect(await finish(late.query, late.cookie)).toBe('federation_failed');
  });

  it('is not answered with a state that is not the one in the browser', async () => {
    await configure();
    const { query, cookie } = await begin(alice);
    const forged = new URLSearchParams(query);
    forged.set('state', (await begin(alice)).cookie.split('=')[1] ?? '');
    const finish = rig.access.finishFederation(forged.toString(), cookie, address);
    expect(await codeOfRejection(finish)).toBe('federation_failed');
  });

  it('is not answered with an ID token of another nonce', async () => {
    await configure();
    provider.user = alice;
    const { location, setCookie } = await rig.access.beginFederation(address);
    const asked = new URL(location);
    expect(asked.searchParams.get('nonce')).toMatch(/^[\w-]{43}$/);
    asked.searchParams.set('nonce', 'a'.repeat(43));
    const { search } = await provider.follow(asked.href);
    const finish = rig.access.finishFederation(search.slice(1), cookieOf(setCookie), address);
    expect(await codeOfRejection(finish)).toBe('federation_failed');
  });

  it('lets nobody in by a sign-in that was begun under other settings', async () => {
    await configure();
    const { query, cookie } = await begin(alice);
    const { provider: set } = await rig.settings.load();
    if (set === undefined) throw new Error('no provider is set');
    await rig.settings.change(1, { ...set, name: 'Another Corp' });
    const late = rig.access.finishFederation(query, cookie, address);
    expect(await codeOfRejection(late)).toBe('federation_failed');
    expect(await signIn(alice)).toMatchObject({ role: 'admin' });
  });

  it('is told to be off, out of reach, or wrongly set', async () => {
    expect(await codeOfRejection(rig.access.beginFederation(address))).toBe('federation_off');
    expect(await codeOfRejection(rig.access.finishFederation('', '', address))).toBe(
      'federation_off',
    );
    await configure({ issuer: 'http://127.0.0.1:9' });
    expect(await codeOfRejection(rig.access.beginFederation(address))).toBe('federation_failed');
    const again = { clientSecret: 'wrong', issuer: provider.issuer };
    const { provider: set } = await rig.settings.load();
    if (set !== undefined) await rig.settings.change(1, { ...set, ...again });
    const { query, cookie } = await begin(alice);
    expect(await codeOfRejection(rig.access.finishFederation(query, cookie, '192.0.2.8'))).toBe(
      'federation_failed',
    );
  });

  it('is set strictly, and its secret goes to no other provider', async () => {
    for (const wrong of [
      { issuer: 'http://id.example' },
      { issuer: 'https://id.example/?x' },
      { issuer: 'file:///etc' },
      { name: ' ' },
      { name: 'Our\u0000 provider' },
      { clientId: '' },
      { clientSecret: '' },
      { adminValues: [''] },
      { adminValues: Array.from({ length: 21 }, (_, i) => `v${i}`) },
    ]) {
      expect(await codeOfRejection(configure(wrong))).toBe('federation_invalid');
    }
    await configure();
    expect(await codeOfRejection(configure())).toBe('federation_changed');
    const { provider: set } = await rig.settings.load();
    if (set === undefined) throw new Error('no provider is set');
    const { clientSecret, ...rest } = set;
    expect(clientSecret).toBe(provider.clientSecret);
    expect((await rig.settings.change(1, rest)).provider?.clientSecret).toBe(clientSecret);
    const elsewhere = rig.settings.change(2, { ...rest, issuer: 'https://other.example' });
    expect(await codeOfRejection(elsewhere)).toBe('federation_invalid');
  });
});
