import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignedIn } from '../../../../src/server/admins/index.ts';
import { codeOf, codeOfRejection } from '../../../testkit/code-of.ts';
import { cookieOf, makeAccessRig, password, setupToken } from './rig.ts';

const minute = 60_000;
const address = '192.0.2.1';

type Rig = Awaited<ReturnType<typeof makeAccessRig>>;

describe('administrators', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await makeAccessRig();
  });
  afterEach(() => rig.storage.close());

  const setUp = () => rig.access.setUp(setupToken, 'Alice', password, address);
  const signIn = (name: string, word: string, from = address) =>
    rig.access.signIn(name, word, from);
  const refusal = (name: string, word: string, from?: string) =>
    codeOfRejection(signIn(name, word, from));
  const actions = async (): Promise<readonly string[]> =>
    (await rig.storage.audit.read(0, 100)).map(({ action }) => action);

  describe('set-up', () => {
    it('makes the first administrator, who is signed in then', async () => {
      expect(await rig.access.needsSetup()).toBe(true);
      const { signedIn, setCookie } = await setUp();
      expect(signedIn.administrator).toMatchObject({ name: 'Alice', role: 'admin' });
      const found = await rig.access.sessionOf(cookieOf(setCookie));
      expect(found?.administrator.name).toBe('Alice');
      expect(await rig.access.needsSetup()).toBe(false);
      expect(await actions()).toEqual(['administrator.set_up', 'session.open']);
    });

    it('asks for the token, and happens once', async () => {
      for (const token of ['', 'wrong', `${setupToken} `]) {
        const attempt = rig.access.setUp(token, 'Mallory', password, address);
        expect(await codeOfRejection(attempt)).toBe('setup_token_invalid');
      }
      await setUp();
      expect(await codeOfRejection(setUp())).toBe('setup_done');
      expect((await rig.accounts.list()).map(({ name }) => name)).toEqual(['Alice']);
    });

    it('of ten at the same time happens once', async () => {
      const attempts = Array.from({ length: 10 }, (_, i) =>
        rig.access.setUp(setupToken, `admin ${i}`, password, `192.0.2.${i}`),
      );
      const results = await Promise.allSettled(attempts);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await rig.accounts.list()).toHaveLength(1);
    });

    it.each([
      ['short', 'password_unsuitable'],
      ['aaaaaaaaaaaaaaaa', 'password_unsuitable'],
      ['x'.repeat(257), 'password_unsuitable'],
    ])('refuses the password %s', async (word, code) => {
      const attempt = rig.access.setUp(setupToken, 'Alice', word, address);
      expect(await codeOfRejection(attempt)).toBe(code);
    });

    it('refuses the name as the password, and names that nobody can read', async () => {
      const name = 'Administrator One';
      const same = rig.access.setUp(setupToken, name, name.toUpperCase(), address);
      expect(await codeOfRejection(same)).toBe('password_unsuitable');
      for (const bad of ['', '  ', 'a\u0000b', 'x'.repeat(101), 'a\u202eb']) {
        const attempt = rig.access.setUp(setupToken, bad, password, '192.0.2.9');
        expect(await codeOfRejection(attempt)).toBe('administrator_invalid');
      }
    });
  });

  describe('with a password', () => {
    beforeEach(setUp);

    it('sign in by their name in any case, with a new session each time', async () => {
      const [a, b] = [await signIn('alice', password), await signIn('ALICE', password)];
      expect(a.setCookie).toMatch(
        /^__Host-admin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      );
      expect(a.setCookie).not.toBe(b.setCookie);
      expect(a.signedIn.csrfToken).not.toBe(b.signedIn.csrfToken);
    });

    it('may type it in another way of composing the same characters', async () => {
      const word = 'pässwörd-of-àlice';
      await rig.accounts.add({
        ...{ name: 'Bob', role: 'auditor' },
        passwordHash: await rig.accounts.hashPassword(word.normalize('NFC'), 'Bob'),
      });
      expect((await signIn('bob', word.normalize('NFD'))).signedIn.administrator.name).toBe('Bob');
    });

    it('are told the same whatever is wrong', async () => {
      await rig.accounts.add({ name: 'Federated', role: 'admin' });
      const messages = new Set<string>();
      for (const [name, word] of [
        ['alice', 'wrong'],
        ['nobody', password],
        ['federated', password],
        ['', ''],
      ] as const) {
        await signIn(name, word).catch((error: unknown) => messages.add(String(error)));
      }
      expect(messages.size).toBe(1);
    });

    it('are locked out after five failures in a row, for twice as long with each further one', async () => {
      for (let i = 0; i < 5; i++) expect(await refusal('alice', 'wrong')).toBe('sign_in_failed');
      expect(await refusal('alice', password, '192.0.2.2')).toBe('sign_in_failed');
      rig.clock.advance(minute - 1);
      expect(await refusal('alice', password, '192.0.2.2')).toBe('sign_in_failed');
      rig.clock.advance(1);
      expect(await refusal('alice', 'wrong', '192.0.2.3')).toBe('sign_in_failed');
      rig.clock.advance(2 * minute - 1);
      expect(await refusal('alice', password, '192.0.2.3')).toBe('sign_in_failed');
      rig.clock.advance(1);
      expect((await signIn('alice', password)).signedIn.administrator.name).toBe('Alice');
      expect((await actions()).filter((one) => one === 'administrator.lock')).toHaveLength(2);
    });

    it('are locked out also by failures that were all begun before the first was told', async () => {
      const guesses = Array.from({ length: 17 }, (_, i) =>
        refusal('alice', 'wrong', `10.0.0.${i}`),
      );
      const last = refusal('alice', password, '10.0.1.0');
      expect(new Set(await Promise.all(guesses))).toEqual(new Set(['sign_in_failed']));
      expect(await last).toBe('sign_in_failed');
      rig.clock.advance(minute);
      expect((await signIn('alice', password)).setCookie).toBeTruthy();
    });

    it('have their failures forgotten once they sign in', async () => {
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 4; i++) await refusal('alice', 'wrong', `192.0.2.${round}`);
        await signIn('alice', password, '192.0.2.99');
      }
      expect((await rig.accounts.findByName('alice')).lockedUntil).toBeUndefined();
    });

    it('are not tried more than ten times a minute from one network address', async () => {
      for (let i = 0; i < 10; i++) await refusal(`somebody ${i}`, 'wrong');
      expect(await refusal('alice', password)).toBe('rate_limited');
      expect((await signIn('alice', password, '198.51.100.1')).setCookie).toBeTruthy();
      rig.clock.advance(6000);
      expect((await signIn('alice', password)).setCookie).toBeTruthy();
    });

    it('wait for a bounded number of others', async () => {
      const attempts = Array.from({ length: 40 }, (_, i) =>
        refusal('alice', 'wrong', `10.0.0.${i}`),
      );
      expect(new Set(await Promise.all(attempts))).toEqual(
        new Set(['sign_in_failed', 'sign_in_busy']),
      );
    });

    it('who are disabled do not get in, nor stay', async () => {
      const { id, version } = await rig.accounts.add({
        ...{ name: 'Bob', role: 'admin' },
        passwordHash: await rig.accounts.hashPassword(password, 'Bob'),
      });
      const { setCookie } = await signIn('bob', password);
      await rig.accounts.change(id, version, { disabled: true });
      expect(await rig.access.sessionOf(cookieOf(setCookie))).toBeUndefined();
      expect(await refusal('bob', password)).toBe('sign_in_failed');
    });

    it('are signed out where their role is changed, or their password is set anew', async () => {
      const passwordHash = await rig.accounts.hashPassword(password, 'Bob');
      const { id, version } = await rig.accounts.add({ name: 'Bob', role: 'admin', passwordHash });
      for (const change of [
        () => rig.accounts.change(id, version, { role: 'auditor' }),
        () => rig.accounts.setPassword(id, passwordHash),
      ]) {
        const cookie = cookieOf((await signIn('bob', password)).setCookie);
        expect((await rig.access.sessionOf(cookie))?.administrator.id).toBe(id);
        await change();
        expect(await rig.access.sessionOf(cookie)).toBeUndefined();
      }
    });
  });

  it('do not get in by a password that is replaced while it is being checked', async () => {
    let meanwhile = (): Promise<unknown> => Promise.resolve();
    const slow = await makeAccessRig((passwords) => ({
      hash: (word) => passwords.hash(word),
      async verify(word, encoded) {
        await meanwhile();
        return passwords.verify(word, encoded);
      },
    }));
    const { signedIn } = await slow.access.setUp(setupToken, 'Alice', password, address);
    const passwordHash = await slow.accounts.hashPassword('another battery staple', 'Alice');
    meanwhile = () => slow.accounts.setPassword(signedIn.administrator.id, passwordHash);
    const attempt = slow.access.signIn('alice', password, address);
    expect(await codeOfRejection(attempt)).toBe('sign_in_failed');
    await slow.storage.close();
  });

  it('who were disabled elsewhere at the same moment do not stay by an open session', async () => {
    const { setCookie } = await setUp();
    await rig.accounts.add({ name: 'Second', role: 'admin' });
    const alice = await rig.storage.administrators.findByName('alice');
    if (alice === undefined) throw new Error('Alice is gone');
    const next = { ...alice, disabled: true, version: alice.version + 1 };
    expect(await rig.storage.administrators.replace(next)).toBe(true);
    expect(await rig.access.sessionOf(cookieOf(setCookie))).toBeUndefined();
  });

  describe('sessions', () => {
    it('end after half an hour without a request', async () => {
      const cookie = cookieOf((await setUp()).setCookie);
      for (let i = 0; i < 4; i++) {
        rig.clock.advance(29 * minute);
        expect(await rig.access.sessionOf(cookie)).toBeDefined();
      }
      rig.clock.advance(30 * minute);
      expect(await rig.access.sessionOf(cookie)).toBeUndefined();
    });

    it('end after half an hour also where the clock was set back before the last request', async () => {
      const cookie = cookieOf((await setUp()).setCookie);
      rig.clock.advance(-60 * minute);
      expect(await rig.access.sessionOf(cookie)).toBeDefined();
      rig.clock.advance(30 * minute);
      expect(await rig.access.sessionOf(cookie)).toBeUndefined();
    });

    it('open nothing for who is disabled, also where one was left', async () => {
      const { signedIn, setCookie } = await setUp();
      const { administrators } = rig.storage;
      await rig.accounts.add({ name: 'carol', role: 'admin' });
      const account = await administrators.find(signedIn.administrator.id);
      if (account === undefined) throw new Error('no account');
      const disabled = { ...account, disabled: true, version: account.version + 1 };
      expect(await administrators.replace(disabled)).toBe(true);
      expect(await rig.storage.administratorSessions.find(signedIn.session)).toBeDefined();
      expect(await rig.access.sessionOf(cookieOf(setCookie))).toBeUndefined();
    });

    it('end after twelve hours whatever happens', async () => {
      const cookie = cookieOf((await setUp()).setCookie);
      for (let i = 0; i < 12 * 4 - 1; i++) {
        rig.clock.advance(15 * minute);
        expect(await rig.access.sessionOf(cookie)).toBeDefined();
      }
      rig.clock.advance(15 * minute);
      expect(await rig.access.sessionOf(cookie)).toBeUndefined();
    });

    it('end by signing out, and are no one else’s', async () => {
      const { signedIn, setCookie } = await setUp();
      const cookie = cookieOf(setCookie);
      for (const other of [undefined, '', 'x=y', `${cookie}x`, `${cookie}; ${cookie}`]) {
        expect(await rig.access.sessionOf(other)).toBeUndefined();
      }
      expect(await rig.access.signOut(signedIn, address)).toContain('Max-Age=0');
      expect(await rig.access.sessionOf(cookie)).toBeUndefined();
    });

    it('are kept without what opens them', async () => {
      const { setCookie } = await setUp();
      const token = cookieOf(setCookie).split('=')[1] ?? '';
      expect(await rig.storage.administratorSessions.find(token)).toBeUndefined();
    });

    it('have a token of their own against forged requests', async () => {
      const { signedIn } = await setUp();
      const other = await signIn('alice', password);
      rig.access.requireCsrfToken(signedIn, signedIn.csrfToken);
      for (const token of [undefined, '', other.signedIn.csrfToken, `${signedIn.csrfToken}x`]) {
        expect(
          codeOf(() => {
            rig.access.requireCsrfToken(signedIn, token);
          }),
        ).toBe('csrf_token_invalid');
      }
    });
  });

  describe('their own account', () => {
    it('gets a new password against the present one, and all other sessions end', async () => {
      const { signedIn, setCookie } = await setUp();
      const other = await signIn('alice', password);
      const next = `${password} staple`;
      const change = (present: string, word: string) =>
        rig.ownAccount.changePassword(signedIn, present, word, address);
      expect(await codeOfRejection(change('wrong', next))).toBe('password_wrong');
      expect(await codeOfRejection(change(password, 'short'))).toBe('password_unsuitable');
      await change(password, next);
      expect(await rig.access.sessionOf(cookieOf(setCookie))).toBeDefined();
      expect(await rig.access.sessionOf(cookieOf(other.setCookie))).toBeUndefined();
      expect(await refusal('alice', password)).toBe('sign_in_failed');
      expect((await signIn('alice', next)).setCookie).toBeTruthy();
    });

    it('gets a first password soon after a sign-in only', async () => {
      const { signedIn } = await setUp();
      const administrator = await rig.accounts.add({ name: 'Bob', role: 'auditor' });
      const bob = { ...signedIn, administrator };
      rig.clock.advance(10 * 60_000);
      const set = (who: SignedIn) => rig.ownAccount.changePassword(who, '', password, address);
      expect(await codeOfRejection(set(bob))).toBe('sign_in_old');
      await set({ ...bob, signedInAt: rig.clock.now() });
      expect((await signIn('Bob', password)).setCookie).toBeTruthy();
    });

    it('tries no more than ten passwords a minute from one network address', async () => {
      const { signedIn } = await setUp();
      const change = (present: string) =>
        rig.ownAccount.changePassword(signedIn, present, `${password} staple`, address);
      for (let i = 0; i < 10; i++) {
        expect(await codeOfRejection(change(`guess ${i}`))).toBe('password_wrong');
      }
      expect(await codeOfRejection(change(password))).toBe('rate_limited');
      rig.clock.advance(6000);
      await change(password);
    });
  });

  it('never all go: the last one with the role admin stays', async () => {
    const { signedIn } = await setUp();
    const { id, version } = signedIn.administrator;
    await rig.accounts.add({ name: 'Auditor', role: 'auditor' });
    expect(await codeOfRejection(rig.accounts.remove(id))).toBe('administrator_last');
    for (const changes of [{ role: 'auditor' }, { disabled: true }] as const) {
      const change = rig.accounts.change(id, version, changes);
      expect(await codeOfRejection(change)).toBe('administrator_last');
    }
    await rig.accounts.add({ name: 'Second', role: 'admin' });
    await rig.accounts.change(id, version, { disabled: true });
  });

  it('leave no secret in the audit log', async () => {
    const { setCookie, signedIn } = await setUp();
    await rig.ownAccount.changePassword(signedIn, password, `${password} staple`, address);
    const log = JSON.stringify(await rig.storage.audit.read(0, 100));
    const { passwordHash = '' } = (await rig.storage.administrators.findByName('alice')) ?? {};
    const secrets = [password, setupToken, passwordHash, signedIn.csrfToken, cookieOf(setCookie)];
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});
