/** What every storage must do with sign-ins, certificate authorities and revocation. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VerificationResult } from '../../src/protocol/index.ts';
import type { Page, SignIn, Storage, StoredCrl, Transaction } from '../../src/server/index.ts';
import { at, minute, type StorageHarness } from './storage-harness.ts';

type NewTransaction = Omit<Transaction, 'state'>;

function transaction(id: string, overrides: Partial<NewTransaction> = {}): NewTransaction {
  return {
    id,
    session: 'session',
    origin: 'https://app.example',
    terms: 'terms',
    nonce: `nonce of ${id}`,
    challenge: `challenge of ${id}`,
    createdAt: at(0),
    expiresAt: at(2 * minute),
    ...overrides,
  };
}

function verdict(id: string, overrides: Partial<VerificationResult> = {}): SignIn {
  return {
    origin: 'https://app.example',
    result: {
      managed: true,
      code: 'device_managed',
      message: 'The device is managed.',
      transaction: id,
      decidedAt: at(minute).toISOString(),
      checks: [{ check: 'format', outcome: 'passed', message: 'The proof is “well-formed”.' }],
      ...overrides,
    },
  };
}

/** Declares the suite. */
export function describeStorage(open: () => Promise<StorageHarness>): void {
  describe('sign-ins and authorities', () => {
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

    /** Adds a transaction and takes it. */
    async function take(id: string): Promise<void> {
      await storage.transactions.add(transaction(id), 10);
      await storage.transactions.take(id, `nonce of ${id}`, at(1));
    }

    describe('transactions', () => {
      it('are found as they were added, and pending', async () => {
        await storage.transactions.add(transaction('t1'), 10);
        expect(await storage.transactions.find('t1')).toEqual({
          ...transaction('t1'),
          state: 'pending',
        });
        expect(await storage.transactions.find('t2')).toBeUndefined();
      });

      it('are taken once of a hundred attempts at the same time', async () => {
        await storage.transactions.add(transaction('t1'), 10);
        const other = await harness.reopen();
        const attempts = Array.from({ length: 100 }, (_, index) =>
          (index % 2 === 0 ? storage : other).transactions.take('t1', 'nonce of t1', at(1)),
        );
        const taken = (await Promise.all(attempts)).filter((outcome) => outcome !== undefined);
        expect(taken).toEqual([{ challenge: 'challenge of t1', origin: 'https://app.example' }]);
        expect((await storage.transactions.find('t1'))?.state).toBe('taken');
        await other.close();
      });

      it('are not used up by a wrong nonce', async () => {
        await storage.transactions.add(transaction('t1'), 10);
        expect(await storage.transactions.take('t1', 'nonce of t2', at(1))).toBeUndefined();
        expect(await storage.transactions.take('t1', 'nonce of t1', at(1))).toBeDefined();
      });

      it('are not taken at the moment they expire, or when they are unknown', async () => {
        await storage.transactions.add(transaction('t1'), 10);
        const { transactions } = storage;
        expect(await transactions.take('t1', 'nonce of t1', at(2 * minute))).toBeUndefined();
        expect(await transactions.take('t2', 'nonce of t2', at(1))).toBeUndefined();
        expect(await transactions.take('t1', 'nonce of t1', at(2 * minute - 1))).toBeDefined();
      });

      it('are not taken after they were cancelled', async () => {
        await storage.transactions.add(transaction('t1'), 10);
        expect(await storage.transactions.cancel('t1')).toBe(true);
        expect(await storage.transactions.take('t1', 'nonce of t1', at(1))).toBeUndefined();
        expect((await storage.transactions.find('t1'))?.state).toBe('cancelled');
      });

      it.each([true, false])('are concluded with their sign-in (managed: %s)', async (managed) => {
        await take('t1');
        const signIn = verdict('t1', { managed });
        expect(await storage.transactions.conclude(signIn)).toBe(true);
        const state = managed ? 'managed' : 'refused';
        expect((await storage.transactions.find('t1'))?.state).toBe(state);
        expect(await storage.signIns.find('t1')).toEqual(signIn);
      });

      it('keep their first verdict', async () => {
        await take('t1');
        await storage.transactions.conclude(verdict('t1', { managed: false, code: 'first' }));
        expect(await storage.transactions.conclude(verdict('t1'))).toBe(false);
        expect(await storage.transactions.cancel('t1')).toBe(false);
        expect((await storage.transactions.find('t1'))?.state).toBe('refused');
        expect((await storage.signIns.find('t1'))?.result.code).toBe('first');
      });

      it.each(['pending', 'cancelled', 'unknown'])(
        'get no verdict, and leave no sign-in, when %s',
        async (state) => {
          if (state !== 'unknown') await storage.transactions.add(transaction('t1'), 10);
          if (state === 'cancelled') {
            await storage.transactions.take('t1', 'nonce of t1', at(1));
            expect(await storage.transactions.cancel('t1')).toBe(true);
          }
          expect(await storage.transactions.conclude(verdict('t1'))).toBe(false);
          expect(await storage.signIns.find('t1')).toBeUndefined();
        },
      );

      it('are found pending by session, origin and terms, the youngest first', async () => {
        const { transactions } = storage;
        await transactions.add(transaction('t1'), 10);
        await transactions.add(transaction('t2', { expiresAt: at(3 * minute) }), 10);
        const query = {
          session: 'session',
          origin: 'https://app.example',
          terms: 'terms',
          expiresAfter: at(minute),
          expiresUntil: at(3 * minute),
        };
        expect((await transactions.findPending(query))?.id).toBe('t2');
        for (const difference of [
          { session: 'another' },
          { origin: 'https://another.example' },
          { terms: 'other terms' },
          { expiresAfter: at(3 * minute), expiresUntil: at(4 * minute) },
        ]) {
          expect(await transactions.findPending({ ...query, ...difference })).toBeUndefined();
        }
        const sooner = { ...query, expiresUntil: at(3 * minute - 1) };
        expect((await transactions.findPending(sooner))?.id).toBe('t1');
        await transactions.take('t2', 'nonce of t2', at(1));
        expect((await transactions.findPending(query))?.id).toBe('t1');
      });

      it('push out the oldest pending ones beyond the bound, and no others', async () => {
        const { transactions } = storage;
        await take('taken');
        const stale = { createdAt: at(-9 * minute), expiresAt: at(-7 * minute) };
        await transactions.add(transaction('stale', stale), 2);
        for (const [index, id] of ['t1', 't2', 't3', 't4'].entries()) {
          const expiresAt = at(2 * minute + index);
          await transactions.add(transaction(id, { expiresAt }), 2);
        }
        const states = await Promise.all(
          ['taken', 'stale', 't1', 't2', 't3', 't4'].map(
            async (id) => (await transactions.find(id))?.state,
          ),
        );
        expect(states).toEqual(['taken', 'pending', 'expired', 'expired', 'pending', 'pending']);
        expect(await transactions.take('t1', 'nonce of t1', at(1))).toBeUndefined();
      });

      it('are swept once they expired before a moment, a bounded number at a time', async () => {
        const { transactions } = storage;
        for (const id of ['t1', 't2', 't3']) await transactions.add(transaction(id), 10);
        await transactions.add(transaction('t4', { expiresAt: at(5 * minute) }), 10);
        const before = at(2 * minute + 1);
        expect(await transactions.sweep(before, 2)).toBe(2);
        expect(await transactions.sweep(before, 2)).toBe(1);
        expect(await transactions.sweep(before, 2)).toBe(0);
        expect(await transactions.find('t4')).toBeDefined();
      });
    });

    describe('sign-ins', () => {
      beforeEach(async () => {
        for (const [index, managed] of [true, false, true].entries()) {
          const id = `t${index}`;
          await take(id);
          const decidedAt = at(index * 1000).toISOString();
          await storage.transactions.conclude(verdict(id, { managed, decidedAt }));
        }
      });

      const ids = ({ items }: Page<SignIn>): string[] =>
        items.map(({ result }) => result.transaction);

      it('are listed youngest first, by verdict and before a moment', async () => {
        const { signIns } = storage;
        expect(ids(await signIns.list({ limit: 10 }))).toEqual(['t2', 't1', 't0']);
        expect(ids(await signIns.list({ limit: 1 }))).toEqual(['t2']);
        expect(ids(await signIns.list({ limit: 10, managed: true }))).toEqual(['t2', 't0']);
        expect(ids(await signIns.list({ limit: 10, managed: false }))).toEqual(['t1']);
        expect(ids(await signIns.list({ limit: 10, before: at(1000) }))).toEqual(['t0']);
      });

      it('are found by application, device, user, outcome, code and time', async () => {
        const { signIns, transactions } = storage;
        await take('t3');
        const denied = { outcome: 'deny', code: 'policy_platform', message: 'Not here.' } as const;
        await transactions.conclude({
          ...verdict('t3', {
            code: denied.code,
            decision: denied,
            decidedAt: at(3000).toISOString(),
          }),
          ...{ application: 'app', device: 'device', user: 'ada' },
        });
        const found = async (query: object) => ids(await signIns.list({ limit: 10, ...query }));
        for (const query of [
          { application: 'app' },
          { device: 'device' },
          { user: 'ada' },
          { code: 'policy_platform' },
          { managed: true, allowed: false },
          { from: at(3000) },
        ]) {
          expect(await found(query)).toEqual(['t3']);
        }
        expect(await found({ allowed: false })).toEqual(['t3', 't1']);
        expect(await found({ user: 'eve' })).toEqual([]);
        expect((await storage.transactions.find('t3'))?.state).toBe('refused');
      });

      it('are listed page by page, also where several were decided at one moment', async () => {
        const { signIns, transactions } = storage;
        for (const id of ['t4', 't5', 't6']) {
          await take(id);
          await transactions.conclude(verdict(id, { decidedAt: at(0).toISOString() }));
        }
        const seen: string[] = [];
        for (let after: string | undefined, pages = 0; pages < 6; pages += 1) {
          const page = await signIns.list({ limit: 1, after });
          seen.push(...ids(page));
          after = page.next;
        }
        expect(seen).toEqual(['t2', 't1', 't6', 't5', 't4', 't0']);
      });

      it('are counted by the hour, and the counts outlive them', async () => {
        const { signIns } = storage;
        const hour = new Date('2026-03-01T12:00:00Z');
        await signIns.sweep(at(60 * minute), 10);
        const counts = await signIns.counts(hour, at(0));
        expect(counts.map(({ allowed, count }) => [allowed, count])).toEqual([
          [false, 1],
          [true, 2],
        ]);
        expect(counts[0]).toMatchObject({ hour, application: undefined, code: 'device_managed' });
        expect(await signIns.counts(new Date(hour.getTime() + 1), at(60 * minute))).toEqual([]);
      });

      it('have counts that are swept by age, a bounded number at a time', async () => {
        const { signIns, transactions } = storage;
        await take('t7');
        await transactions.conclude(verdict('t7', { decidedAt: at(60 * minute).toISOString() }));
        const left = async () =>
          (await signIns.counts(new Date(0), at(120 * minute))).map(({ count }) => count);
        const hour = Date.parse('2026-03-01T12:00:00Z');
        expect(await signIns.sweepCounts(new Date(hour), 10)).toBe(0);
        expect(await left()).toEqual([1, 2, 1]);
        expect(await signIns.sweepCounts(new Date(hour + 1), 1)).toBe(1);
        while ((await signIns.sweepCounts(new Date(hour + 1), 1)) > 0);
        expect(await left()).toEqual([1]);
        expect(await signIns.find('t0')).toBeDefined();
      });

      it('outlive their transactions', async () => {
        await storage.transactions.sweep(at(60 * minute), 10);
        expect(await storage.transactions.find('t0')).toBeUndefined();
        expect(await storage.signIns.find('t0')).toBeDefined();
      });

      it('are swept by age, a bounded number at a time', async () => {
        expect(await storage.signIns.sweep(at(1001), 1)).toBe(1);
        expect(ids(await storage.signIns.list({ limit: 10 }))).toEqual(['t2', 't1']);
        expect(await storage.signIns.sweep(at(1001), 10)).toBe(1);
      });
    });

    describe('certificate authorities', () => {
      const authority = (id: string) => ({
        ...{ id, der: Buffer.from(`DER of ${id}`), addedAt: at(0), disabled: false },
      });
      const list = async (): Promise<string[]> =>
        (await storage.authorities.list()).map(({ id }) => id);

      it('are listed in the order in which they were added, as they were', async () => {
        expect(await storage.authorities.add([authority('b'), authority('a')])).toBe(true);
        expect(await storage.authorities.add([authority('0')])).toBe(true);
        expect(await list()).toEqual(['b', 'a', '0']);
        const [first] = await storage.authorities.list();
        expect({ ...first, der: Buffer.from(first?.der ?? []) }).toEqual(authority('b'));
      });

      it('are added all or not at all', async () => {
        await storage.authorities.add([authority('a')]);
        const added = await storage.authorities.add([authority('b'), authority('a')]);
        expect(added).toBe(false);
        expect(await list()).toEqual(['a']);
      });

      it('can be removed, once', async () => {
        await storage.authorities.add([authority('a'), authority('b')]);
        expect(await storage.authorities.remove('a')).toBe(true);
        expect(await storage.authorities.remove('a')).toBe(false);
        expect(await list()).toEqual(['b']);
      });
    });

    it('keeps how an authority is checked for revocation', async () => {
      const authority = { id: 'a', der: Buffer.from('DER'), addedAt: at(0), disabled: false };
      await storage.authorities.add([authority]);
      expect((await storage.authorities.list())[0]?.revocation).toBeUndefined();
      const revocation = {
        mode: 'grace',
        graceHours: 8,
        methods: ['ocsp', 'crl'],
        unpublished: 'refuse',
      } as const;
      expect(await storage.authorities.setRevocation('a', revocation)).toBe(true);
      expect(await storage.authorities.setRevocation('b', revocation)).toBe(false);
      expect((await storage.authorities.list())[0]?.revocation).toEqual(revocation);
    });

    it('keeps whether an authority is disabled', async () => {
      const authority = { id: 'a', der: Buffer.from('DER'), addedAt: at(0), disabled: false };
      await storage.authorities.add([authority]);
      expect(await storage.authorities.setDisabled('a', true)).toBe(true);
      expect(await storage.authorities.setDisabled('b', true)).toBe(false);
      expect((await storage.authorities.list())[0]?.disabled).toBe(true);
      await storage.authorities.setDisabled('a', false);
      expect((await storage.authorities.list())[0]?.disabled).toBe(false);
    });

    describe('work that is done as one', () => {
      const authority = (id: string) => ({
        ...{ id, der: Buffer.from('DER'), addedAt: at(0), disabled: false },
      });
      const list = async (): Promise<string[]> =>
        (await storage.authorities.list()).map(({ id }) => id);

      it('is written whole', async () => {
        const result = await storage.atomically(async () => {
          await storage.authorities.add([authority('a')]);
          await storage.authorities.setDisabled('a', true);
          return (await storage.authorities.list())[0]?.disabled;
        });
        expect(result).toBe(true);
        expect(await list()).toEqual(['a']);
      });

      it('is undone whole where it fails', async () => {
        await storage.authorities.add([authority('a')]);
        const failure = storage.atomically(async () => {
          await storage.authorities.remove('a');
          await storage.authorities.add([authority('b')]);
          throw new Error('no');
        });
        await expect(failure).rejects.toThrow('no');
        expect(await list()).toEqual(['a']);
      });

      it('goes on after a step that the storage refused', async () => {
        await storage.authorities.add([authority('a')]);
        await storage.atomically(async () => {
          expect(await storage.authorities.add([authority('a')])).toBe(false);
          expect(await list()).toEqual(['a']);
          await storage.authorities.add([authority('b')]);
        });
        expect(await list()).toEqual(['a', 'b']);
      });

      it('is not seen by others before it is done, and lets them in afterwards', async () => {
        let goOn = (): void => undefined;
        const waiting = new Promise<void>((resolve) => (goOn = resolve));
        const work = storage.atomically(async () => {
          await storage.authorities.add([authority('a')]);
          await waiting;
        });
        const others = list();
        goOn();
        await work;
        expect([[], ['a']]).toContainEqual(await others);
        expect(await list()).toEqual(['a']);
      });

      it('does not hold on to what it began and did not wait for', async () => {
        let goOn = (): void => undefined;
        const waiting = new Promise<void>((resolve) => (goOn = resolve));
        let late: Promise<boolean> | undefined;
        await storage.atomically(() => {
          late = waiting.then(() => storage.authorities.add([authority('late')]));
          return Promise.resolve();
        });
        goOn();
        expect(await late).toBe(true);
        expect(await list()).toEqual(['late']);
      });
    });

    describe('CRLs', () => {
      const crl = (source: string, overrides: Partial<StoredCrl> = {}): StoredCrl => ({
        source,
        sha256: `hash of ${source}`,
        size: 3,
        signer: Buffer.from('key'),
        confirmedAt: at(0),
        usedAt: at(0),
        etag: '"1"',
        lastModified: undefined,
        der: Buffer.from('crl'),
        ...overrides,
      });

      it('are kept as they came, and listed without their bytes', async () => {
        const { revocation } = storage;
        expect(await revocation.replaceCrl(crl('b'), undefined)).toBe(true);
        await revocation.replaceCrl(crl('a', { signer: undefined, etag: undefined }), undefined);
        const { der, ...info } = crl('b');
        const listed = await revocation.listCrls();
        expect(listed.map(({ source }) => source)).toEqual(['a', 'b']);
        expect(listed[1]).toEqual(info);
        expect(await revocation.readCrl('b')).toEqual({ ...info, der });
        expect(await revocation.readCrl('c')).toBeUndefined();
      });

      it('take the place of the one they were compared with, and of no other', async () => {
        const { revocation } = storage;
        await revocation.replaceCrl(crl('a', { sha256: 'first' }), undefined);
        expect(await revocation.replaceCrl(crl('a', { sha256: 'second' }), undefined)).toBe(false);
        expect(await revocation.replaceCrl(crl('a', { sha256: 'second' }), 'other')).toBe(false);
        expect((await revocation.readCrl('a'))?.sha256).toBe('first');
        const other = await harness.reopen();
        const outcomes = await Promise.all([
          revocation.replaceCrl(crl('a', { sha256: 'second' }), 'first'),
          other.revocation.replaceCrl(crl('a', { sha256: 'third' }), 'first'),
        ]);
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        await other.close();
      });

      it('are confirmed, touched and removed', async () => {
        const { revocation } = storage;
        await revocation.replaceCrl(crl('a'), undefined);
        const lastModified = 'Sun, 01 Mar 2026 12:00:00 GMT';
        await revocation.confirmCrl('a', { confirmedAt: at(5), etag: undefined, lastModified });
        await revocation.touchCrl('a', at(9));
        const expected = crl('a', { confirmedAt: at(5), usedAt: at(9), lastModified });
        expect(await revocation.readCrl('a')).toEqual({ ...expected, etag: undefined });
        expect(await revocation.removeCrl('a')).toBe(true);
        expect(await revocation.removeCrl('a')).toBe(false);
        expect(await revocation.listCrls()).toEqual([]);
      });

      it('are swept by their last use, a bounded number at a time, but not uploaded ones', async () => {
        const { revocation } = storage;
        for (const source of ['a', 'b', 'uploaded:c']) {
          await revocation.replaceCrl(crl(source), undefined);
        }
        await revocation.replaceCrl(crl('d', { usedAt: at(minute) }), undefined);
        expect(await revocation.sweepCrls(at(1), 1)).toBe(1);
        expect(await revocation.sweepCrls(at(1), 10)).toBe(1);
        const left = (await revocation.listCrls()).map(({ source }) => source);
        expect(left).toEqual(['d', 'uploaded:c']);
      });
    });

    describe('OCSP responses and fetch states', () => {
      const response = (key: string, fetchedAt: Date) => ({
        key,
        der: Buffer.from(`DER of ${key}`),
        nonce: Buffer.alloc(0),
        fetchedAt,
      });
      const state = (address: string, attemptedAt: Date) => ({
        address,
        attemptedAt,
        failures: 2,
        error: 'down',
      });

      it('are kept in place of those before, found, removed and swept by age', async () => {
        const { revocation } = storage;
        await revocation.putOcspResponse(response('a', at(0)));
        await revocation.putOcspResponse(response('a', at(1)));
        await revocation.putOcspResponse(response('b', at(0)));
        expect(await revocation.findOcspResponse('a')).toEqual(response('a', at(1)));
        expect(await revocation.sweepOcspResponses(at(1), 10)).toBe(1);
        expect(await revocation.findOcspResponse('b')).toBeUndefined();
        await revocation.removeOcspResponse('a');
        expect(await revocation.findOcspResponse('a')).toBeUndefined();
      });

      it('tell how fetching last went, by address, and are swept by age', async () => {
        const { revocation } = storage;
        await revocation.putFetchState(state('b', at(0)));
        await revocation.putFetchState(state('a', at(1)));
        const mended = { ...state('a', at(2)), failures: 0, error: undefined };
        await revocation.putFetchState(mended);
        expect(await revocation.listFetchStates()).toEqual([mended, state('b', at(0))]);
        expect(await revocation.findFetchState('a')).toEqual(mended);
        expect(await revocation.sweepFetchStates(at(1), 10)).toBe(1);
        expect(await revocation.findFetchState('b')).toBeUndefined();
      });
    });

    describe('sessions', () => {
      const session = (id: string, of: string) => ({
        id,
        transaction: of,
        createdAt: at(0),
        expiresAt: at(minute),
      });

      beforeEach(async () => {
        for (const id of ['t1', 't2']) {
          await take(id);
          await storage.transactions.conclude(verdict(id));
        }
      });

      it('are found until they expire or are ended', async () => {
        expect(await storage.sessions.add(session('s1', 't1'))).toBe(true);
        expect(await storage.sessions.find('s1', at(0))).toEqual(session('s1', 't1'));
        expect(await storage.sessions.find('s1', at(minute))).toBeUndefined();
        expect(await storage.sessions.find('s2', at(0))).toBeUndefined();
        await storage.sessions.end('s1', at(1000));
        expect(await storage.sessions.find('s1', at(999))).toBeDefined();
        expect(await storage.sessions.find('s1', at(1000))).toBeUndefined();
        await storage.sessions.end('s1', at(minute));
        expect(await storage.sessions.find('s1', at(1000))).toBeUndefined();
      });

      it('are opened once by a transaction', async () => {
        await storage.sessions.add(session('s1', 't1'));
        expect(await storage.sessions.add(session('s2', 't1'))).toBe(false);
        expect(await storage.sessions.find('s2', at(0))).toBeUndefined();
        await storage.sessions.end('s1', at(0));
        expect(await storage.sessions.add(session('s2', 't1'))).toBe(false);
      });

      it('are swept by age, a bounded number at a time', async () => {
        await storage.sessions.add(session('s1', 't1'));
        await storage.sessions.add(session('s2', 't2'));
        expect(await storage.sessions.sweep(at(minute), 10)).toBe(0);
        expect(await storage.sessions.sweep(at(minute + 1), 1)).toBe(1);
        expect(await storage.sessions.sweep(at(minute + 1), 10)).toBe(1);
      });
    });

    describe('signing keys', () => {
      const key = (id: string, signsFrom: number) => ({
        id,
        privateJwk: `{"kid":"${id}"}`,
        createdAt: at(0),
        signsFrom: at(signsFrom),
      });

      it('are listed by the time from which they sign, and can be removed', async () => {
        await storage.signingKeys.add(key('b', 2000));
        await storage.signingKeys.add(key('a', 1000));
        expect(await storage.signingKeys.list()).toEqual([key('a', 1000), key('b', 2000)]);
        await storage.signingKeys.remove('a');
        expect(await storage.signingKeys.list()).toEqual([key('b', 2000)]);
      });

      it('have one first, whoever makes it', async () => {
        const other = await harness.reopen();
        await Promise.all([
          storage.signingKeys.addFirst(key('a', 0)),
          other.signingKeys.addFirst(key('b', 0)),
        ]);
        expect(await storage.signingKeys.list()).toHaveLength(1);
        await other.close();
      });
    });

    it('shows what was written to another process, and keeps it when closed', async () => {
      await storage.transactions.add(transaction('t1'), 10);
      const other = await harness.reopen();
      expect(await other.transactions.find('t1')).toBeDefined();
      await other.transactions.cancel('t1');
      await other.close();
      expect((await storage.transactions.find('t1'))?.state).toBe('cancelled');
    });

    it('answers a ping while it is open, and rejects it once closed', async () => {
      await storage.ping();
      const other = await harness.reopen();
      await other.close();
      await expect(other.ping()).rejects.toThrow();
    });
  });
}
