import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../../src/core/index.ts';
import { createSigningKeys, type Storage } from '../../../src/server/index.ts';
import { startSweeper, sweep } from '../../../src/server/sweeper.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { openScratchStorage } from './scratch-storage.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

const goodVerdict = (transaction: string, decidedAt: Date) => ({
  origin: 'o',
  result: {
    ...{ managed: true, code: 'device_managed', message: 'managed', transaction, checks: [] },
    decidedAt: decidedAt.toISOString(),
  },
});

const contextOf = (
  storage: Storage,
  clock: FakeClock,
  settings: { readonly signInRetention: number; readonly signingKeyAge: number },
) => ({
  ...{ storage, clock, logger: silentLogger, holder: 'process', ...settings },
  signingKeys: createSigningKeys(storage.signingKeys, clock),
  openidKeys: createSigningKeys(storage.openidKeys, clock),
});

describe('the sweeper', () => {
  it('deletes transactions ten minutes after their end, verdicts after their retention, counts after two years', async () => {
    const clock = new FakeClock();
    const storage = await openScratchStorage();
    const context = contextOf(storage, clock, { signInRetention: 2, signingKeyAge: 0 });
    const now = clock.now();
    const transactions = Array.from({ length: 1200 }, (_, index) => `t${index}`);
    for (const id of transactions) {
      const times = { createdAt: now, expiresAt: new Date(now.getTime() + 2 * minute) };
      const texts = { session: 's', origin: 'o', terms: 't', nonce: 'n', challenge: 'c' };
      await storage.transactions.add({ id, ...texts, ...times }, 10_000);
    }
    await storage.transactions.take('t0', 'n', now);
    await storage.transactions.conclude(goodVerdict('t0', now));

    clock.advance(12 * minute);
    await sweep(context);
    expect(await storage.transactions.find('t1199')).toBeDefined();
    clock.advance(1);
    await sweep(context);
    const left = await Promise.all(transactions.map((id) => storage.transactions.find(id)));
    expect(left.filter((transaction) => transaction !== undefined)).toEqual([]);
    expect(await storage.signIns.find('t0')).toBeDefined();

    clock.advance(2 * day);
    await sweep(context);
    expect(await storage.signIns.find('t0')).toBeUndefined();

    const counts = () => storage.signIns.counts(new Date(0), new Date(now.getTime() + day));
    clock.advance(729 * day);
    await sweep(context);
    expect(await counts()).toHaveLength(1);
    clock.advance(2 * day);
    await sweep({ ...context, signInRetention: 3650 });
    expect(await counts()).toHaveLength(1);
    await sweep(context);
    expect(await counts()).toEqual([]);
    await storage.close();
  });

  it('remembers that a verdict has opened a session for longer than the verdict’s transaction', async () => {
    const clock = new FakeClock();
    const storage = await openScratchStorage();
    const context = contextOf(storage, clock, { signInRetention: 2, signingKeyAge: 0 });
    const now = clock.now();
    const times = { createdAt: now, expiresAt: new Date(now.getTime() + 2 * minute) };
    const texts = { session: 's', origin: 'o', terms: 't', nonce: 'n', challenge: 'c' };
    await storage.transactions.add({ id: 't0', ...texts, ...times }, 10_000);
    await storage.transactions.take('t0', 'n', now);
    await storage.transactions.conclude(goodVerdict('t0', now));
    const open = (id: string) => storage.sessions.add({ id, transaction: 't0', ...times });
    expect(await open('s1')).toBe(true);
    await storage.sessions.end('s1', now);
    while ((await storage.transactions.find('t0')) !== undefined) {
      expect(await open('s2')).toBe(false);
      clock.advance(minute);
      await sweep(context);
    }
    clock.advance(20 * minute);
    await sweep(context);
    expect(await open('s3')).toBe(true);
    await storage.close();
  });

  it('runs every half minute until it is stopped, and goes on after a failure', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const clock = new FakeClock();
    const storage = await openScratchStorage();
    const warnings: string[] = [];
    let rounds = 0;
    const stop = startSweeper({
      storage: {
        ...storage,
        transactions: {
          ...storage.transactions,
          sweep: () => (++rounds === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(0)),
        },
      },
      signingKeys: createSigningKeys(storage.signingKeys, clock),
      openidKeys: createSigningKeys(storage.openidKeys, clock),
      clock,
      logger: { ...silentLogger, warn: (message) => warnings.push(message) },
      ...{ signInRetention: 1, signingKeyAge: 0, holder: 'process' },
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect([rounds, warnings]).toEqual([1, ['sweep failed']]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([rounds, warnings.length]).toEqual([2, 1]);
    await stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rounds).toBe(2);
    await storage.close();
  });

  it('replaces a signing key at its age, once', async () => {
    const clock = new FakeClock();
    const storage = await openScratchStorage();
    const context = contextOf(storage, clock, { signInRetention: 90, signingKeyAge: 30 });
    const { signingKeys } = context;
    await signingKeys.current();
    clock.advance(30 * day - 1);
    await sweep(context);
    expect(await signingKeys.list()).toHaveLength(1);
    clock.advance(1);
    await sweep(context);
    await sweep(context);
    expect((await signingKeys.list()).map(({ state }) => state)).toEqual(['signing', 'next']);
    const target = (await signingKeys.list())[1]?.id;
    expect(await storage.audit.read(0, 10)).toMatchObject([
      { action: 'signing_key.rotate', via: 'server', target, after: { purpose: 'challenges' } },
    ]);
    await storage.close();
  });

  it('leaves a round to the process that has the lease, until that one stops', async () => {
    const clock = new FakeClock();
    const storage = await openScratchStorage();
    const shared = contextOf(storage, clock, { signInRetention: 90, signingKeyAge: 1 });
    const { signingKeys } = shared;
    await signingKeys.current();
    clock.advance(2 * day);
    const context = (holder: string) => ({ ...shared, holder });
    const now = clock.now();
    const until = new Date(now.getTime() + minute);
    await storage.leases.claim('sweep', 'first', now, until);
    await sweep(context('second'));
    expect(await signingKeys.list()).toHaveLength(1);

    await startSweeper(context('first'))();
    await sweep(context('second'));
    expect(await signingKeys.list()).toHaveLength(2);
    await storage.close();
  });
});
