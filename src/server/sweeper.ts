/** Deletes what is over, in batches that never hold the storage for long. */
import { describeError, type Clock, type Logger } from '../core/index.ts';
import type { SigningKeys } from './challenges/index.ts';
import type { Storage } from './storage/index.ts';

/** What {@link startSweeper} needs. */
export interface SweeperContext {
  readonly storage: Storage;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long verdicts are kept, in days. */
  readonly signInRetention: number;
}

const interval = 30_000;
const batch = 500;
/** Batches of one kind in one round; what is left waits for the next. */
const maxBatches = 20;

/** How long an ended transaction is still told as what it is, in milliseconds. */
const transactionRetention = 10 * 60_000;
const day = 86_400_000;

/**
 * Starts sweeping, at intervals.
 *
 * @returns stops it, once the round under way is done
 */
export function startSweeper(context: SweeperContext): () => Promise<void> {
  let round = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() =>
      sweep(context).catch((error: unknown) => {
        context.logger.warn('sweep failed', { error: describeError(error) });
      }),
    );
  }, interval);
  timer.unref();
  return () => {
    clearInterval(timer);
    return round;
  };
}

/** One round. */
export async function sweep(context: SweeperContext): Promise<void> {
  const { storage, signingKeys, clock } = context;
  const now = clock.now().getTime();
  const ended = new Date(now - transactionRetention);
  const forgotten = new Date(now - context.signInRetention * day);
  await inBatches(() => storage.transactions.sweep(ended, batch));
  await inBatches(() => storage.sessions.sweep(new Date(now), batch));
  await inBatches(() => storage.signIns.sweep(forgotten, batch));
  await signingKeys.sweep();
}

async function inBatches(sweepOnce: () => Promise<number>): Promise<void> {
  for (let i = 0; i < maxBatches; i++) if ((await sweepOnce()) < batch) return;
}
