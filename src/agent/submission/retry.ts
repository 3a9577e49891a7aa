/** When a request may be made again, and after how long. */
import type { RandomSource } from '../../core/index.ts';
import type { ExchangeOutcome } from './exchange.ts';

const firstDelay = 200;
const longestDelay = 2_000;

/**
 * Tells how long to wait before a request is made again.
 *
 * @param outcome - of the attempt before
 * @param attempt - its number, from 1
 * @param random - for the jitter that keeps a crowd of agents from coming back in step
 * @param now - the present moment, for a Retry-After that names a date
 * @returns milliseconds; undefined where the request must not be made again
 */
export function retryDelay(
  outcome: ExchangeOutcome,
  attempt: number,
  random: RandomSource,
  now: Date,
): number | undefined {
  const jitter = ((random.bytes(1)[0] ?? 0) / 255) * firstDelay;
  if (outcome.ok) {
    const { status, headers } = outcome.answer;
    if (status !== 429 && status !== 503) return undefined;
    const asked = parseRetryAfter(headers['retry-after'], now);
    return asked === undefined ? undefined : asked + jitter;
  }
  // A certificate that is not trusted, or a proxy that refuses, will not be otherwise in a second.
  if (outcome.sent || outcome.error.code !== 'server_unreachable') return undefined;
  return Math.min(firstDelay * 2 ** (attempt - 1), longestDelay) + jitter;
}

/** RFC 9110 section 10.2.3: seconds, or a date. @returns milliseconds from now */
function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
