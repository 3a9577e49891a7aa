import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/core/index.ts';
import type { SignedIn } from '../../../../src/server/admins/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { TestPasskey, type PasskeyChanges } from '../../../testkit/test-passkey.ts';
import { issuer, makeAccessRig, password, setupToken } from './rig.ts';

const address = '192.0.2.1';

describe('passkeys of administrators', () => {
  let rig: Awaited<ReturnType<typeof makeAccessRig>>;
  let alice: SignedIn;
  let passkey: TestPasskey;

  beforeEach(async () => {
    rig = await makeAccessRig();
    alice = (await rig.access.setUp(setupToken, 'Alice', password, address)).signedIn;
    passkey = new TestPasskey(issuer);
  });
  afterEach(() => rig.storage.close());

  async function register(one = passkey, changes: PasskeyChanges = {}, who = alice) {
    const { ceremony, options } = await rig.ownAccount.beginPasskey(who);
    const answer = one.register(options.challenge, changes);
    return rig.ownAccount.finishPasskey(who, ceremony, 'My laptop', answer, address);
  }

  async function signIn(changes: PasskeyChanges = {}, one = passkey) {
    const { ceremony, options } = await rig.access.beginPasskey(address);
    const answer = one.signIn(options.challenge, changes);
    return rig.access.finishPasskey(ceremony, answer, address);
  }

  it('are registered, and sign in without name and password', async () => {
    expect(await register()).toMatchObject({ id: passkey.id, name: 'My laptop' });
    const { administrator } = (await signIn()).signedIn;
    expect(administrator).toMatchObject({ name: 'Alice', passkeys: [{ id: passkey.id }] });
    expect(administrator.passkeys[0]?.lastUsedAt).toEqual(rig.clock.now());
    expect((await signIn()).setCookie).toBeTruthy();
    const log = await rig.storage.audit.read(0, 10);
    expect(log.map(({ action, after }) => [action, after]).slice(2)).toEqual([
      ['administrator.add_passkey', { id: passkey.id, name: 'My laptop' }],
      ['session.open', { method: 'passkey' }],
      ['session.open', { method: 'passkey' }],
    ]);
  });

  const wrong: readonly (readonly [string, PasskeyChanges])[] = [
    ['another site’s page', { origin: 'https://evil.example' }],
    ['another host', { host: 'evil.example' }],
    ['another challenge', { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    ['the other kind of answer', { type: 'webauthn.other' }],
    ['a person who did not show who they are', { userVerified: false }],
  ];
  it.each(wrong)('are not accepted from %s', async (_, changes) => {
    expect(await codeOfRejection(register(passkey, changes))).toBe('passkey_failed');
    await register();
    expect(await codeOfRejection(signIn(changes))).toBe('passkey_failed');
  });

  it('are not accepted from a copy whose counter is behind', async () => {
    await register();
    await signIn({ counter: 10 });
    expect(await codeOfRejection(signIn({ counter: 10 }))).toBe('passkey_failed');
    expect((await signIn({ counter: 11 })).setCookie).toBeTruthy();
  });

  it('answer a ceremony once, in time, and no other one', async () => {
    await register();
    const { ceremony, options } = await rig.access.beginPasskey(address);
    const answer = passkey.signIn(options.challenge);
    const finish = () => rig.access.finishPasskey(ceremony, answer, address);
    const results = await Promise.allSettled([finish(), finish(), finish()]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const late = await rig.access.beginPasskey(address);
    rig.clock.advance(5 * 60_000);
    const lateAnswer = passkey.signIn(late.options.challenge);
    expect(
      await codeOfRejection(rig.access.finishPasskey(late.ceremony, lateAnswer, address)),
    ).toBe('passkey_failed');
    const registration = await rig.ownAccount.beginPasskey(alice);
    const crossed = passkey.signIn(registration.options.challenge);
    expect(
      await codeOfRejection(rig.access.finishPasskey(registration.ceremony, crossed, address)),
    ).toBe('passkey_failed');
  });

  it('of somebody else are not registered as one’s own', async () => {
    await rig.accounts.add({
      ...{ name: 'Bob', role: 'auditor' },
      passwordHash: await rig.accounts.hashPassword(password, 'Bob'),
    });
    const bob = (await rig.access.signIn('Bob', password, address)).signedIn;
    await register();
    expect(await codeOfRejection(register(passkey, {}, bob))).toBe('passkey_failed');
    const { ceremony, options } = await rig.ownAccount.beginPasskey(alice);
    const other = new TestPasskey(issuer);
    const answer = other.register(options.challenge);
    const stolen = rig.ownAccount.finishPasskey(bob, ceremony, 'x', answer, address);
    expect(await codeOfRejection(stolen)).toBe('passkey_failed');
    expect(await codeOfRejection(signIn({}, other))).toBe('passkey_failed');
  });

  it('sign in while the password is locked out, and not once the account is disabled', async () => {
    await register();
    for (let i = 0; i < 5; i++) {
      await codeOfRejection(rig.access.signIn('Alice', 'wrong', `198.51.100.${i}`));
    }
    const { id, version } = (await signIn()).signedIn.administrator;
    await rig.accounts.add({ name: 'Second', role: 'admin' });
    await rig.accounts.change(id, version, { disabled: true });
    expect(await codeOfRejection(signIn())).toBe('passkey_failed');
  });

  it('are at most ten, and can be removed', async () => {
    for (let i = 0; i < 10; i++) await register(new TestPasskey(issuer));
    expect(await codeOfRejection(register())).toBe('passkey_limit');
    const [first] = (await rig.accounts.find(alice.administrator.id)).passkeys;
    const remove = (id: string) => rig.ownAccount.removePasskey(alice, id, address);
    await remove(first?.id ?? '');
    expect(await codeOfRejection(remove(first?.id ?? ''))).toBe('passkey_unknown');
    await register();
  });

  it('are added and removed soon after a sign-in only: a session left open plants none', async () => {
    await register();
    const remove = (who: SignedIn) => rig.ownAccount.removePasskey(who, passkey.id, address);
    rig.clock.advance(10 * 60_000 - 1);
    const { ceremony, options } = await rig.ownAccount.beginPasskey(alice);
    rig.clock.advance(1);
    const answer = new TestPasskey(issuer).register(options.challenge);
    const finish = (who: SignedIn) =>
      rig.ownAccount.finishPasskey(who, ceremony, 'Planted', answer, address);
    expect(await codeOfRejection(rig.ownAccount.beginPasskey(alice))).toBe('sign_in_old');
    expect(await codeOfRejection(finish(alice))).toBe('sign_in_old');
    expect(await codeOfRejection(remove(alice))).toBe('sign_in_old');
    const again = (await signIn()).signedIn;
    await finish(again);
    await remove(again);
  });

  const junk: readonly JsonObject[] = [
    {},
    { id: 7 },
    { id: 'unknown' },
    { id: '', rawId: [], response: null },
    { id: 'x', response: { clientDataJSON: 'x', attestationObject: 'x'.repeat(30_000) } },
  ];
  it.each(junk)('refuse junk: %j', async (answer) => {
    await register();
    const begun = await rig.access.beginPasskey(address);
    const failed = rig.access.finishPasskey(begun.ceremony, answer, address);
    expect(await codeOfRejection(failed)).toBe('passkey_failed');
    const { ceremony } = await rig.ownAccount.beginPasskey(alice);
    const registered = rig.ownAccount.finishPasskey(alice, ceremony, 'x', answer, address);
    expect(await codeOfRejection(registered)).toBe('passkey_failed');
    const broken = { ...answer, id: passkey.id };
    const again = await rig.access.beginPasskey(address);
    const third = rig.access.finishPasskey(again.ceremony, broken, address);
    expect(await codeOfRejection(third)).toBe('passkey_failed');
  });
});
