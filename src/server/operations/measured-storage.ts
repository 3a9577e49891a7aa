/** The storage, with a stopwatch at every call and a tally of verdicts. */
import type { Storage } from '../storage/index.ts';
import type { Metrics } from './metrics.ts';

/** Milliseconds on a clock that never steps. */
type Stopwatch = () => number;

/**
 * Measures the calls of a storage.
 *
 * @param now - tells how long a call took; never what time it is
 */
export function measureStorage(
  storage: Storage,
  metrics: Metrics,
  now: Stopwatch = () => performance.now(),
): Storage {
  const measured = Object.fromEntries(
    Object.entries(storage).map(([aggregate, store]) => [
      aggregate,
      typeof store === 'object' ? measureStore(aggregate, store as Store, metrics, now) : store,
    ]),
  ) as unknown as Storage;
  return {
    ...measured,
    transactions: {
      ...measured.transactions,
      async conclude(signIn) {
        const written = await measured.transactions.conclude(signIn);
        if (written) metrics.noteVerdict(signIn);
        return written;
      },
    },
  };
}

type Store = Readonly<Record<string, (...values: readonly unknown[]) => Promise<unknown>>>;

function measureStore(aggregate: string, store: Store, metrics: Metrics, now: Stopwatch): Store {
  return Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...values: readonly unknown[]) => {
        const started = now();
        let failed = true;
        try {
          const result = await call(...values);
          failed = false;
          return result;
        } finally {
          metrics.noteStorageCall(aggregate, (now() - started) / 1000, failed);
        }
      },
    ]),
  );
}
