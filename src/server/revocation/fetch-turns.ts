/** Of several processes that want the same CRL, one fetches it; the others find it in storage. */
import { setTimeout } from 'node:timers/promises';
import { encodeBase64Url, type Clock, type RandomSource } from '../../core/index.ts';
import type { LeaseStore } from '../storage/index.ts';

/** What {@link createFetchTurns} needs. */
export interface FetchTurnsContext {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Longest that a fetch takes, in milliseconds. */
  readonly timeout: number;
}

/** See the head of this file. */
export interface FetchTurns {
  /**
   * Does work when no other process is at the same.
   *
   * @param address - what the work fetches
   * @param work - finds out whether there is still anything to do, and does it
   */
  take(address: string, work: () => Promise<void>): Promise<void>;
}

/** How often a process that waits looks whether the other one is done, in milliseconds. */
const interval = 100;

const holderBytes = 16;

/** Makes the turns of one process. */
export function createFetchTurns(context: FetchTurnsContext): FetchTurns {
  const { leases, clock, random, timeout } = context;
  const holder = encodeBase64Url(random.bytes(holderBytes));
  const claim = (name: string): Promise<boolean> => {
    const now = clock.now();
    return leases.claim(name, holder, now, new Date(now.getTime() + timeout));
  };
  return {
    async take(address, work) {
      const name = `fetch:${address}`;
      // Not for ever, should the other process's clock be far ahead.
      for (let waited = 0; !(await claim(name)) && waited < timeout; waited += interval) {
        await setTimeout(interval);
      }
      try {
        await work();
      } finally {
        await leases.release(name, holder);
      }
    },
  };
}
