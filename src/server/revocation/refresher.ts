/** Fetches CRLs again before they are needed, and forgets what nobody needs any more. */
import { describeError, type Clock, type Logger } from '../../core/index.ts';
import type { RevocationStore } from '../storage/index.ts';
import type { CrlShelf } from './crl-shelf.ts';
import { uploadedPrefix } from './crl-shelf.ts';
import { RevocationError } from './errors.ts';

/** What {@link refreshAll} needs. */
export interface RefresherContext {
  readonly store: RevocationStore;
  readonly shelf: CrlShelf;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Fetches the CRL of an address if it is due. */
  readonly refresh: (address: string) => Promise<void>;
}

/** How often due CRLs are looked for, in milliseconds. */
const interval = 15_000;
/** How long what is not used is kept, in milliseconds. */
const retention = 30 * 86_400_000;
const batch = 200;
const concurrency = 4;

/**
 * Starts refreshing, at intervals.
 *
 * @returns stops it, once the round under way is done
 */
export function startRefresher(context: RefresherContext): () => Promise<void> {
  let round: Promise<void> | undefined;
  const timer = setInterval(() => {
    round ??= refreshAll(context)
      .catch((error: unknown) => {
        context.logger.warn('refreshing CRLs failed', { error: describeError(error) });
      })
      .finally(() => {
        round = undefined;
      });
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}

/** One round. */
export async function refreshAll({
  store,
  shelf,
  clock,
  refresh,
}: RefresherContext): Promise<void> {
  const forgotten = new Date(clock.now().getTime() - retention);
  await store.sweepCrls(forgotten, batch);
  await store.sweepOcspResponses(forgotten, batch);
  await store.sweepFetchStates(forgotten, batch);
  const addresses = (await shelf.list())
    .map(({ source }) => source)
    .filter((source) => !source.startsWith(uploadedPrefix));
  const workers = Array.from({ length: concurrency }, async () => {
    for (let address = addresses.shift(); address !== undefined; address = addresses.shift()) {
      try {
        await refresh(address);
      } catch (error) {
        // Its failure is in the ledger; the next address has its own fate.
        if (!(error instanceof RevocationError)) throw error;
      }
    }
  });
  await Promise.all(workers);
}
