/** What every storage must do with what administrators keep: policies, accounts, the audit log … */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../src/server/index.ts';
import type {
  Administrator,
  AuditEvent,
  AuditSeal,
  StoredApplication,
  StoredPolicy,
} from '../../src/server/storage/index.ts';
import { at, minute, type StorageHarness } from './storage-harness.ts';

const policy = (id: string, given: Partial<StoredPolicy> = {}): StoredPolicy => ({
  ...{ id, name: `Policy ${id}`, rules: '[]', version: 1, updatedAt: at(0) },
  ...given,
});

const application = (id: string, given: Partial<StoredApplication> = {}): StoredApplication => ({
  id,
  name: `Application ${id}`,
  kind: 'oidc',
  origins: ['https://app.example'],
  redirectUris: ['https://app.example/callback'],
  secretHash: 'hash',
  settings: '{"a":1}',
  disabled: false,
  createdAt: at(0),
  version: 1,
  ...given,
});

const administrator = (name: string, given: Partial<Administrator> = {}): Administrator => ({
  ...{ id: `id of ${name}`, name, role: 'admin', passwordHash: 'scrypt', passkeys: [] },
  ...{ disabled: false, failures: 0, createdAt: at(0), version: 1 },
  ...given,
});

const passkey = (id: string) => ({
  ...{ id, name: 'Key', publicKey: Buffer.from('COSE'), counter: 3 },
  ...{ transports: ['usb', 'nfc'], createdAt: at(0) },
});

const event = (action: string, given: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ at: at(0), actor: 'ada', via: 'console', address: '192.0.2.1', action, target: 'x' },
  ...{ before: null, after: { name: 'new', list: [1, 'ü'] } },
  ...given,
});

const seal: AuditSeal = (entry, sequence, previous) =>
  createHash('sha256').update(`${previous}${sequence}${entry.action}`).digest('hex');

/** Declares the suite. */
export function describeAdministration(open: () => Promise<StorageHarness>): void {
  describe('administration', () => {
    let harness: StorageHarness;
    let storage: Storage;

    beforeEach(async () => {
      harness = await open();
      storage = harness.storage;
    });
    afterEach(async () => {
      await storage.close();
      await harness.cleanUp();
    });

    describe('policies', () => {
      it('are added once, listed by name and replaced by the next version only', async () => {
        const { policies } = storage;
        expect(await policies.add(policy('b'))).toBe(true);
        expect(await policies.add(policy('a'))).toBe(true);
        expect(await policies.add(policy('a', { name: 'Other' }))).toBe(false);
        expect(await policies.add(policy('c', { name: 'Policy a' }))).toBe(false);
        expect((await policies.list()).map(({ id }) => id)).toEqual(['a', 'b']);
        const next = policy('a', { version: 2, rules: '[1]', updatedAt: at(5) });
        expect(await policies.replace(next)).toBe(true);
        expect(await policies.replace(next)).toBe(false);
        expect(await policies.replace({ ...next, version: 3, name: 'Policy b' })).toBe(false);
        expect(await policies.find('a')).toEqual(next);
      });

      it('stay while an application has them', async () => {
        const { policies, applications } = storage;
        await policies.add(policy('a'));
        await applications.add(application('app', { policy: 'a' }));
        expect(await policies.remove('a')).toBe(false);
        await applications.remove('app');
        expect(await policies.remove('a')).toBe(true);
        expect(await policies.remove('a')).toBe(false);
      });
    });

    it('keeps applications, one of a name, and replaces them by the next version', async () => {
      const { applications } = storage;
      expect(await applications.add(application('b'))).toBe(true);
      expect(await applications.add(application('a'))).toBe(true);
      expect(await applications.add(application('c', { name: 'Application a' }))).toBe(false);
      expect(await applications.add(application('d', { policy: 'none' }))).toBe(false);
      expect(await applications.find('a')).toEqual(application('a'));
      const next = application('a', { version: 2, disabled: true, name: 'Renamed' });
      expect(await applications.replace(next)).toBe(true);
      expect(await applications.replace(next)).toBe(false);
      const taken = { ...next, version: 3, name: 'Application b' };
      expect(await applications.replace(taken)).toBe(false);
      expect(await applications.list()).toEqual([application('b'), next]);
      expect(await applications.remove('a')).toBe(true);
      expect(await applications.remove('a')).toBe(false);
    });

    it('keeps settings, each written over the version it was made from', async () => {
      const { settings } = storage;
      expect(await settings.get('a')).toBeUndefined();
      expect(await settings.put({ key: 'a', value: '{}', version: 2 })).toBe(false);
      expect(await settings.put({ key: 'a', value: '{}', version: 1 })).toBe(true);
      expect(await settings.put({ key: 'a', value: '[]', version: 1 })).toBe(false);
      const other = await harness.reopen();
      const writes = [storage, other].map(({ settings: store }, index) =>
        store.put({ key: 'a', value: String(index), version: 2 }),
      );
      expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
      expect((await settings.get('a'))?.version).toBe(2);
      await other.close();
    });

    describe('administrators', () => {
      it('are found by id, by name in any case, by passkey and by their provider', async () => {
        const { administrators } = storage;
        const federation = { issuer: 'https://idp.example', subject: '1' };
        const ada = administrator('Ada', { passkeys: [passkey('p')], federation });
        expect(await administrators.add(ada)).toBe(true);
        expect(await administrators.add(administrator('ADA', { id: 'other' }))).toBe(false);
        expect(await administrators.find(ada.id)).toEqual(ada);
        expect(await administrators.findByName('aDA')).toEqual(ada);
        expect(await administrators.findByPasskey('p')).toEqual(ada);
        expect(await administrators.findByFederation('https://idp.example', '1')).toEqual(ada);
        expect(await administrators.findByFederation('https://idp.example', '2')).toBeUndefined();
        expect(await administrators.findByName('eve')).toBeUndefined();
      });

      it('do not take a passkey that is another’s', async () => {
        const { administrators } = storage;
        await administrators.add(administrator('ada', { passkeys: [passkey('p')] }));
        const eve = administrator('eve', { passkeys: [passkey('p')] });
        expect(await administrators.add(eve)).toBe(false);
        expect(await administrators.findByName('eve')).toBeUndefined();
      });

      it('have one first, of two that are made at the same time', async () => {
        const other = await harness.reopen();
        const added = await Promise.all([
          storage.administrators.addFirst(administrator('ada')),
          other.administrators.addFirst(administrator('bob')),
        ]);
        expect(added.filter(Boolean)).toHaveLength(1);
        expect(await storage.administrators.list()).toHaveLength(1);
        await other.close();
      });

      it('are replaced by the next version, with their passkeys', async () => {
        const { administrators } = storage;
        await administrators.add(administrator('ada', { passkeys: [passkey('p')] }));
        const next = administrator('ada', { version: 2, passkeys: [passkey('q')], failures: 0 });
        expect(await administrators.replace(next)).toBe(true);
        expect(await administrators.replace(next)).toBe(false);
        expect(await administrators.findByName('ada')).toEqual(next);
        expect(await administrators.findByPasskey('p')).toBeUndefined();
      });

      it('always leave one who may change things', async () => {
        const { administrators } = storage;
        const ada = administrator('ada');
        const bob = administrator('bob');
        await administrators.add(ada);
        await administrators.add(administrator('aud', { role: 'auditor' }));
        const demoted = { ...ada, version: 2, role: 'auditor' } as const;
        expect(await administrators.replace(demoted)).toBe(false);
        expect(await administrators.replace({ ...ada, version: 2, disabled: true })).toBe(false);
        expect(await administrators.remove(ada.id)).toBe(false);
        await administrators.add(bob);
        const other = await harness.reopen();
        const removed = await Promise.all([
          administrators.remove(ada.id),
          other.administrators.remove(bob.id),
        ]);
        expect(removed.filter(Boolean)).toHaveLength(1);
        await other.close();
      });

      it('have failures counted, none lost', async () => {
        const { administrators } = storage;
        const ada = administrator('ada');
        await administrators.add(ada);
        const counts = await Promise.all(
          Array.from({ length: 10 }, () => administrators.noteFailure(ada.id, at(minute))),
        );
        expect([...counts].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        const found = await administrators.find(ada.id);
        expect(found).toMatchObject({ failures: 10, lockedUntil: at(minute) });
      });

      it('stay locked out whatever failures at the same time say', async () => {
        const { administrators } = storage;
        const ada = administrator('ada');
        await administrators.add(ada);
        await administrators.noteFailure(ada.id, undefined);
        expect((await administrators.find(ada.id))?.lockedUntil).toBeUndefined();
        await administrators.noteFailure(ada.id, at(2 * minute));
        await administrators.noteFailure(ada.id, undefined);
        await administrators.noteFailure(ada.id, at(minute));
        expect((await administrators.find(ada.id))?.lockedUntil).toEqual(at(2 * minute));
        await administrators.noteFailure(ada.id, at(3 * minute));
        expect((await administrators.find(ada.id))?.lockedUntil).toEqual(at(3 * minute));
      });

      it('have sessions, which end one by one, all at once, and with their owner', async () => {
        const { administrators, administratorSessions } = storage;
        const session = (id: string, owner: string) => ({
          ...{ id, administrator: `id of ${owner}`, csrfToken: 'token', createdAt: at(0) },
          ...{ lastSeenAt: at(0), expiresAt: at(minute) },
        });
        for (const name of ['ada', 'bob']) await administrators.add(administrator(name));
        for (const id of ['1', '2', '3']) await administratorSessions.add(session(id, 'ada'));
        await administratorSessions.add(session('4', 'bob'));
        const find = (id: string) => administratorSessions.find(id);
        expect(await find('1')).toEqual(session('1', 'ada'));
        await administratorSessions.touch('1', at(5));
        expect((await find('1'))?.lastSeenAt).toEqual(at(5));
        await administratorSessions.remove('2');
        expect(await find('2')).toBeUndefined();
        await administratorSessions.removeAll('id of ada', '1');
        expect(await find('3')).toBeUndefined();
        expect(await find('1')).toBeDefined();
        await administrators.remove('id of bob');
        expect(await find('4')).toBeUndefined();
        expect(await administratorSessions.sweep(at(minute), 10)).toBe(0);
        expect(await administratorSessions.sweep(at(minute + 1), 10)).toBe(1);
      });
    });

    it('keeps API tokens, one of a name', async () => {
      const { apiTokens } = storage;
      const token = (name: string) => ({
        ...{ id: `id of ${name}`, name, hash: `hash of ${name}`, role: 'auditor' as const },
        ...{ createdBy: 'ada', createdAt: at(0), expiresAt: at(minute) },
      });
      expect(await apiTokens.add(token('b'))).toBe(true);
      expect(await apiTokens.add(token('a'))).toBe(true);
      expect(await apiTokens.add({ ...token('a'), id: 'other', hash: 'other' })).toBe(false);
      expect((await apiTokens.list()).map(({ name }) => name)).toEqual(['a', 'b']);
      await apiTokens.touch('id of a', at(7));
      const used = { ...token('a'), lastUsedAt: at(7) };
      expect(await apiTokens.findByHash('hash of a')).toEqual(used);
      expect(await apiTokens.remove('id of a')).toEqual(used);
      expect(await apiTokens.remove('id of a')).toBeUndefined();
      expect(await apiTokens.findByHash('hash of a')).toBeUndefined();
    });

    describe('the audit log', () => {
      it('gives back what was appended, in a chain', async () => {
        const { audit } = storage;
        const first = await audit.append(event('one'), seal);
        const second = await audit.append({ ...event('two'), before: undefined }, seal);
        expect(first).toMatchObject({ sequence: 1, previous: '0'.repeat(64) });
        expect(second).toMatchObject({ sequence: 2, previous: first.hash });
        const { before, ...withoutBefore } = second;
        expect(before).toBeUndefined();
        expect(await audit.read(0, 10)).toEqual([first, withoutBefore]);
        expect(await audit.read(1, 10)).toEqual([withoutBefore]);
      });

      it('stays a chain where two processes append at the same time', async () => {
        const other = await harness.reopen();
        const appended = Array.from({ length: 40 }, (_, index) =>
          (index % 2 === 0 ? storage : other).audit.append(event(`action ${index}`), seal),
        );
        await Promise.all(appended);
        const entries = await storage.audit.read(0, 100);
        expect(entries.map(({ sequence }) => sequence)).toEqual(
          Array.from({ length: 40 }, (_, index) => index + 1),
        );
        for (const [index, entry] of entries.entries()) {
          expect(entry.previous).toBe(entries[index - 1]?.hash ?? '0'.repeat(64));
          expect(entry.hash).toBe(seal(entry, entry.sequence, entry.previous));
        }
        expect(new Set(entries.map(({ action }) => action)).size).toBe(40);
        await other.close();
      });

      it('is listed youngest first, page by page and filtered', async () => {
        const { audit } = storage;
        await audit.append(event('one', { actor: 'ada', target: 'x', at: at(1) }), seal);
        await audit.append(event('two', { actor: 'bob', target: 'x', at: at(2) }), seal);
        await audit.append(event('one', { actor: 'bob', target: 'y', at: at(3) }), seal);
        const list = async (query: object): Promise<number[]> =>
          (await audit.list({ limit: 10, ...query })).items.map(({ sequence }) => sequence);
        expect(await list({})).toEqual([3, 2, 1]);
        expect(await list({ actor: 'bob' })).toEqual([3, 2]);
        expect(await list({ action: 'one' })).toEqual([3, 1]);
        expect(await list({ target: 'x', actor: 'bob' })).toEqual([2]);
        expect(await list({ from: at(2), before: at(3) })).toEqual([2]);
        const page = await audit.list({ limit: 2 });
        expect(await list({ after: page.next })).toEqual([1]);
      });
    });

    describe('a change of several stores', () => {
      const change = async (): Promise<void> => {
        await storage.policies.add(policy('a'));
        await storage.audit.append(event('policy.add'), seal);
      };

      it('is written as one', async () => {
        await storage.atomically(change);
        expect(await storage.policies.find('a')).toBeDefined();
        expect(await storage.audit.read(0, 10)).toHaveLength(1);
      });

      it('leaves nothing behind where it fails', async () => {
        const failed = storage.atomically(async () => {
          await change();
          throw new Error('no');
        });
        await expect(failed).rejects.toThrow('no');
        expect(await storage.policies.find('a')).toBeUndefined();
        expect(await storage.audit.read(0, 10)).toEqual([]);
      });

      it('goes on after a part of it that was refused', async () => {
        await storage.applications.add(application('a'));
        await storage.atomically(async () => {
          expect(await storage.applications.add(application('b', { policy: 'none' }))).toBe(false);
          await change();
        });
        expect(await storage.policies.find('a')).toBeDefined();
      });
    });

    describe('what the OpenID provider remembers', () => {
      const code = (id: string) => ({
        ...{ model: 'AuthorizationCode', id, payload: '{"a":1}', expiresAt: at(minute) },
        ...{ grantId: 'grant', uid: `uid of ${id}`, userCode: `code of ${id}` },
      });

      it('is found by its names, within its model', async () => {
        const { oidc } = storage;
        await oidc.put(code('1'));
        expect(await oidc.find('AuthorizationCode', '1')).toEqual(code('1'));
        expect(await oidc.findByUid('AuthorizationCode', 'uid of 1')).toEqual(code('1'));
        expect(await oidc.findByUserCode('AuthorizationCode', 'code of 1')).toEqual(code('1'));
        expect(await oidc.find('Grant', '1')).toBeUndefined();
      });

      it('is used once of two processes that try, and stays used when written again', async () => {
        const { oidc } = storage;
        const other = await harness.reopen();
        await oidc.put(code('1'));
        const uses = Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? oidc : other.oidc).consume('AuthorizationCode', '1', at(5)),
        );
        expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
        await oidc.put(code('1'));
        expect((await oidc.find('AuthorizationCode', '1'))?.consumedAt).toEqual(at(5));
        expect(await oidc.consume('AuthorizationCode', 'none', at(5))).toBe(false);
        await other.close();
      });

      it('is bounded where it is asked to be: what expires first goes, of its model alone', async () => {
        const { oidc } = storage;
        const put = (id: string, end: number) =>
          oidc.put({ model: 'Interaction', id, payload: '{}', expiresAt: at(end) }, 2);
        await oidc.put({ ...code('1'), expiresAt: at(1) });
        for (const [id, end] of [
          ['a', 30],
          ['b', 10],
          ['c', 40],
          ['d', 20],
        ] as const) {
          await put(id, end);
        }
        const found = ['a', 'b', 'c', 'd'].map((id) => oidc.find('Interaction', id));
        const kept = (await Promise.all(found)).map((one) => one?.id);
        expect(kept).toEqual(['a', undefined, 'c', undefined]);
        expect(await oidc.find('AuthorizationCode', '1')).toBeDefined();
      });

      it('goes by its id, with its grant, and by age', async () => {
        const { oidc } = storage;
        for (const id of ['1', '2', '3']) await oidc.put(code(id));
        const grant = { model: 'Grant', id: 'g', payload: '{}', expiresAt: at(0) };
        await oidc.put(grant);
        await oidc.put({ model: 'Session', id: 's', payload: '{}' });
        await oidc.remove('AuthorizationCode', '1');
        expect(await oidc.find('AuthorizationCode', '1')).toBeUndefined();
        await oidc.removeByGrant('grant');
        expect(await oidc.find('AuthorizationCode', '2')).toBeUndefined();
        expect(await oidc.sweep(at(1), 10)).toBe(1);
        expect(await oidc.find('Grant', 'g')).toBeUndefined();
        expect(await oidc.find('Session', 's')).toBeDefined();
      });
    });

    describe('leases', () => {
      it('are given to one of many who ask at the same time', async () => {
        const other = await harness.reopen();
        const claims = Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? storage : other).leases.claim('w', `p${index}`, at(0), at(minute)),
        );
        expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
        await other.close();
      });

      it('can be prolonged by their holder, and taken by others once they have ended', async () => {
        const { leases } = storage;
        expect(await leases.claim('w', 'a', at(0), at(minute))).toBe(true);
        expect(await leases.claim('v', 'b', at(0), at(minute))).toBe(true);
        expect(await leases.claim('w', 'a', at(1), at(2 * minute))).toBe(true);
        expect(await leases.claim('w', 'b', at(minute), at(3 * minute))).toBe(false);
        expect(await leases.claim('w', 'b', at(2 * minute), at(3 * minute))).toBe(true);
        await leases.release('w', 'a');
        expect(await leases.claim('w', 'a', at(2 * minute), at(3 * minute))).toBe(false);
        await leases.release('w', 'b');
        expect(await leases.claim('w', 'a', at(2 * minute), at(3 * minute))).toBe(true);
      });

      it('bind nobody where a clock that was set back has given them', async () => {
        const { leases } = storage;
        const hour = 60 * minute;
        await leases.claim('w', 'a', at(hour), at(hour + minute));
        expect(await leases.claim('w', 'b', at(0), at(minute))).toBe(true);
        // Clocks of two machines are never quite the same.
        await leases.claim('v', 'a', at(1), at(minute + 1));
        expect(await leases.claim('v', 'b', at(0), at(minute))).toBe(false);
      });
    });

    it('keeps keys for ID tokens apart from those for challenges', async () => {
      const key = { id: 'k', privateJwk: '{}', createdAt: at(0), signsFrom: at(0) };
      await storage.signingKeys.add(key);
      await storage.openidKeys.add({ ...key, id: 'o' });
      expect((await storage.signingKeys.list()).map(({ id }) => id)).toEqual(['k']);
      expect((await storage.openidKeys.list()).map(({ id }) => id)).toEqual(['o']);
    });
  });
}
