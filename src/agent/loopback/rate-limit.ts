/** A token bucket per key: bursts pass, a steady stream is held to a pace. Bounded in memory. */
import type { Clock } from '../../core/index.ts';

/** Settings of {@link RateLimit}. */
export interface RateLimitSettings {
  /** How many may come at once. */
  readonly burst: number;
  /** How many are let through per second in the long run. */
  readonly perSecond: number;
}

/** Counts what comes, per key. Keys must come from a bounded set. */
export class RateLimit {
  readonly #settings: RateLimitSettings;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(settings: RateLimitSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** @returns whether one more may pass now */
  take(key: string): boolean {
    const now = this.#clock.now().getTime();
    const { burst, perSecond } = this.#settings;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const earned = (Math.max(0, now - bucket.at) / 1000) * perSecond;
    const tokens = Math.min(burst, bucket.tokens + earned);
    const passes = tokens >= 1;
    this.#buckets.set(key, { tokens: passes ? tokens - 1 : tokens, at: now });
    return passes;
  }
}
