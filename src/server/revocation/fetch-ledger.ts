/** Fetches that fail are not repeated at once, and many who want the same share one fetch. */
import { type Clock, describeError, formatSecond, type Logger } from '../../core/index.ts';
import type { RevocationStore } from '../storage/index.ts';
import { RevocationError } from './errors.ts';
import { jitterOf, retryDue } from './schedule.ts';

/** What {@link createFetchLedger} needs. */
export interface FetchLedgerContext {
  readonly store: RevocationStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Random bytes of this server. */
  readonly seed: Uint8Array;
}

/** See the head of this file. */
export interface FetchLedger {
  /**
   * Fetches, unless the same is being fetched (then it waits for that) or failed lately.
   *
   * @param key - what is fetched
   * @param address - the address it is fetched from: its failures hold back every key of it
   * @param work - fetches; a failure that is not the address's (code not `address_*` or
   *   `fetch_*`) holds back only this key
   * @param force - whether to fetch although it failed lately
   * @throws RevocationError `fetch_suspended`, or what the work throws
   */
  attempt(key: string, address: string, work: () => Promise<void>, force?: boolean): Promise<void>;
  /** Notes that what was fetched for a key turned out to be of no use. */
  noteFailure(key: string, reason: string): Promise<void>;
  /** @returns why a key or its address has nothing (newer) at the moment, or undefined */
  problem(key: string, address: string): Promise<string | undefined>;
  /** Resolves once no fetch is under way. */
  settled(): Promise<void>;
}

/** Makes a ledger. */
export function createFetchLedger(context: FetchLedgerContext): FetchLedger {
  const { store, clock, logger, seed } = context;
  const underWay = new Map<string, Promise<void>>();
  // What failed before this server started may have been mended since.
  const startedAt = clock.now();

  const fail = async (subject: string, reason: string): Promise<void> => {
    const before = await store.findFetchState(subject);
    const failures = (before?.failures ?? 0) + 1;
    await store.putFetchState({
      address: subject,
      attemptedAt: clock.now(),
      failures,
      error: reason,
    });
    logger.warn('revocation data not fetched', { address: subject, failures, reason });
  };

  const succeed = async (subject: string): Promise<void> => {
    const before = await store.findFetchState(subject);
    if (before === undefined || before.failures === 0) return;
    await store.putFetchState({
      address: subject,
      attemptedAt: clock.now(),
      failures: 0,
      error: undefined,
    });
  };

  const suspension = async (subject: string): Promise<RevocationError | undefined> => {
    const state = await store.findFetchState(subject);
    if (state === undefined || state.failures === 0 || state.attemptedAt < startedAt) {
      return undefined;
    }
    const due = retryDue(state, jitterOf(seed, subject, state.attemptedAt));
    if (clock.now().getTime() >= due) return undefined;
    const message = `${state.error ?? ''} It is tried again after ${formatSecond(new Date(due))}.`;
    return new RevocationError('fetch_suspended', { message });
  };

  const run = async (key: string, address: string, work: () => Promise<void>, force: boolean) => {
    const suspended = force ? undefined : ((await suspension(address)) ?? (await suspension(key)));
    if (suspended !== undefined) throw suspended;
    try {
      await work();
    } catch (error) {
      const ofAddress = !(error instanceof RevocationError) || /^(address|fetch)_/.test(error.code);
      await fail(ofAddress ? address : key, describeError(error));
      throw error;
    }
    await succeed(address);
    if (key !== address) await succeed(key);
  };

  return {
    attempt(key, address, work, force = false) {
      const present = underWay.get(key);
      if (present !== undefined) return present;
      const fetching = run(key, address, work, force).finally(() => underWay.delete(key));
      underWay.set(key, fetching);
      return fetching;
    },
    noteFailure: fail,
    async problem(key, address) {
      if (underWay.has(key)) return new RevocationError('fetch_pending').message;
      for (const subject of new Set([key, address])) {
        const state = await store.findFetchState(subject);
        if (state !== undefined && state.failures > 0) return state.error;
      }
      return undefined;
    },
    async settled() {
      await Promise.allSettled(underWay.values());
    },
  };
}
