/** A token bucket for each network address, in bounded memory. */
import { isIPv6 } from 'node:net';
import type { Clock } from '../../core/index.ts';

interface Bucket {
  tokens: number;
  /** Milliseconds since 1970. */
  filledAt: number;
}

/** Most addresses remembered; the one not seen for longest is forgotten first. */
const maxBuckets = 10_000;

const minute = 60_000;

/** Bounds how often one network address may do something. */
export interface RateLimiter {
  /**
   * Counts one request.
   *
   * @param address - an IP address
   * @returns 0 where it may be served, else after how many seconds the next one may
   */
  take(address: string): number;
  /** As {@link take}, without counting. */
  peek(address: string): number;
}

/**
 * Makes a limiter.
 *
 * @param perMinute - requests per minute; as many may come at once
 */
export function createRateLimiter(perMinute: number, clock: Clock): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const perMillisecond = perMinute / minute;

  function fill(key: string): Bucket {
    const now = clock.now().getTime();
    const bucket = buckets.get(key) ?? { tokens: perMinute, filledAt: now };
    // A clock that steps back gives nothing and takes nothing.
    const elapsed = Math.max(0, now - bucket.filledAt);
    bucket.tokens = Math.min(perMinute, bucket.tokens + elapsed * perMillisecond);
    bucket.filledAt = now;
    return bucket;
  }

  function wait(bucket: Bucket): number {
    return bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / perMillisecond / 1000);
  }

  return {
    take(address) {
      const key = networkOf(address);
      const bucket = fill(key);
      const seconds = wait(bucket);
      if (seconds === 0) bucket.tokens -= 1;
      // Set anew, so that the map's order is that of last use.
      buckets.delete(key);
      buckets.set(key, bucket);
      const oldest = buckets.keys().next();
      if (buckets.size > maxBuckets && oldest.done !== true) buckets.delete(oldest.value);
      return seconds;
    },
    peek: (address) => wait(fill(networkOf(address))),
  };
}

/** An IPv4 address, or the /64 network of an IPv6 address: one site has all of that. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + after < 8) groups.push('0');
  }
  return groups.slice(0, 4).join(':');
}
