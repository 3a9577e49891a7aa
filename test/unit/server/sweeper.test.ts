import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/index.ts';
import { createSigningKeys } from '../../../src/server/index.ts';
import { sweep } from '../../../src/server/sweeper.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { openScratchStorage } from './scratch-storage.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

describe('the sweeper', () => {
  it('deletes transactions ten minutes after their end, and verdicts after their retention', async () => {
    const clock = new FakeClock();
    const storage = openScratchStorage();
    const signingKeys = createSigningKeys(storage.signingKeys, clock);
    const context = { storage, signingKeys, clock, logger: silentLogger, signInRetention: 2 };
    const now = clock.now();
    const transactions = Array.from({ length: 1200 }, (_, index) => `t${index}`);
    for (const id of transactions) {
      const times = { createdAt: now, expiresAt: new Date(now.getTime() + 2 * minute) };
      const texts = { session: 's', origin: 'o', terms: 't', nonce: 'n', challenge: 'c' };
      await storage.transactions.add({ id, ...texts, ...times }, 10_000);
    }
    await storage.transactions.take('t0', 'n', now);
    await storage.transactions.conclude({
      origin: 'o',
      result: {
        managed: true,
        code: 'device_managed',
        message: 'managed',
        transaction: 't0',
        decidedAt: now.toISOString(),
        checks: [],
      },
    });

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
    await storage.close();
  });
});
