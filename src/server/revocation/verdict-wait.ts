import { setTimeout as delay } from 'node:timers/promises';

/** Waits for work, unless the time of the verdict that wants it is up. Never rejects. */
export type VerdictWait = (work: Promise<unknown>) => Promise<void>;

/**
 * Makes the wait of one verdict: all that it waits for together, whatever a path has of certificates,
 * methods and addresses, ends with one bound, which starts with the first wait.
 *
 * @param maxWait - in milliseconds
 */
export function createVerdictWait(maxWait: number): VerdictWait {
  let timeUp: Promise<void> | undefined;
  return async (work) => {
    timeUp ??= delay(maxWait, undefined, { ref: false });
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([settled, timeUp]);
  };
}
