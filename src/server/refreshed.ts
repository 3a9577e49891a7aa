import type { Clock } from '../core/index.ts';

/** A value that is loaded again once it is older than a bound. */
export interface Refreshed<T> {
  /** @returns the value, at most `maxAge` old */
  get(): Promise<T>;
  /** Makes the next {@link get} load it again. */
  invalidate(): void;
}

/**
 * Keeps what storage says for a moment, so that a change made by another process is seen soon and
 * not every request asks for it. Callers at the same time share one load; a failed load is not kept.
 *
 * @param load - fetches the value
 * @param clock - tells its age; a clock that steps back makes it old
 * @param maxAge - in milliseconds
 */
export function createRefreshed<T>(
  load: () => Promise<T>,
  clock: Clock,
  maxAge: number,
): Refreshed<T> {
  let current: { readonly value: Promise<T>; readonly loadedAt: number } | undefined;
  return {
    get() {
      const now = clock.now().getTime();
      if (current !== undefined && Math.abs(now - current.loadedAt) <= maxAge) return current.value;
      const loaded = { value: load(), loadedAt: now };
      current = loaded;
      loaded.value.catch(() => {
        if (current === loaded) current = undefined;
      });
      return loaded.value;
    },
    invalidate() {
      current = undefined;
    },
  };
}
