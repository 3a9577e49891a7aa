import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import { RevocationError, type Storage } from '../../../../src/server/index.ts';
import {
  createFetchLedger,
  type FetchLedger,
} from '../../../../src/server/revocation/fetch-ledger.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

describe('the ledger of fetches', () => {
  const clock = new FakeClock();
  let storage: Storage;
  let ledger: FetchLedger;
  let tries = 0;

  const open = (): FetchLedger =>
    createFetchLedger({
      store: storage.revocation,
      clock,
      logger: silentLogger,
      seed: Buffer.from('seed'),
    });
  beforeEach(async () => {
    storage = await openScratchStorage();
    ledger = open();
    tries = 0;
  });
  afterEach(() => storage.close());

  const failing = (code: 'fetch_failed' | 'ocsp_unsuccessful') => () => {
    tries++;
    return Promise.reject(new RevocationError(code));
  };
  const succeeding = () => {
    tries++;
    return Promise.resolve();
  };

  it('lets many who want the same wait for one fetch', async () => {
    let finish = (): void => undefined;
    const work = () =>
      new Promise<void>((resolve) => {
        tries++;
        finish = resolve;
      });
    const waiting = [1, 2, 3].map(() => ledger.attempt('k', 'a', work));
    await expect.poll(() => tries).toBe(1);
    expect(await ledger.problem('k', 'a')).toContain('still being fetched');
    finish();
    await Promise.all(waiting);
    expect(tries).toBe(1);
    await ledger.attempt('k', 'a', succeeding);
    expect(tries).toBe(2);
  });

  it('holds a failed address back, longer each time, and forgets at a success', async () => {
    const attempt = () => codeOfRejection(ledger.attempt('k', 'a', failing('fetch_failed')));
    expect(await attempt()).toBe('fetch_failed');
    expect(await attempt()).toBe('fetch_suspended');
    clock.advance(3999);
    expect(await attempt()).toBe('fetch_suspended');
    clock.advance(1001);
    expect(await attempt()).toBe('fetch_failed');
    clock.advance(5000);
    expect(await attempt()).toBe('fetch_suspended');
    expect(await ledger.problem('k', 'a')).toContain('cannot be reached');
    clock.advance(5000);
    await ledger.attempt('k', 'a', succeeding);
    expect(await ledger.problem('k', 'a')).toBeUndefined();
    expect(tries).toBe(3);
    expect(await attempt()).toBe('fetch_failed');
    clock.advance(5000);
    expect(await attempt()).toBe('fetch_failed');
  });

  it('holds back every key of an address that fails, but only the key where that fails', async () => {
    await codeOfRejection(ledger.attempt('k1', 'a', failing('ocsp_unsuccessful')));
    await ledger.attempt('k2', 'a', succeeding);
    expect(await codeOfRejection(ledger.attempt('k1', 'a', succeeding))).toBe('fetch_suspended');
    await codeOfRejection(ledger.attempt('k2', 'a', failing('fetch_failed')));
    expect(await codeOfRejection(ledger.attempt('k3', 'a', succeeding))).toBe('fetch_suspended');
  });

  it('tries at once where it is told to, and after a restart', async () => {
    await codeOfRejection(ledger.attempt('k', 'a', failing('fetch_failed')));
    await ledger.attempt('k', 'a', succeeding, true);
    await codeOfRejection(ledger.attempt('k', 'a', failing('fetch_failed')));
    clock.advance(1);
    await open().attempt('k', 'a', succeeding);
    expect(tries).toBe(4);
  });
});
