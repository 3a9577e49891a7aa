/** When revocation data is asked for again: pure functions of times and a jitter from 0 to 1. */
import { createHash } from 'node:crypto';
import type { FetchState } from '../storage/index.ts';

/** The times of a CRL that is kept. */
export interface CrlTimes {
  /** When its address was last heard to have nothing newer. */
  readonly confirmedAt: Date;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
}

const longestLead = 3_600_000;
/** How often an address is asked whose CRL's successor is due, at least. */
const overdueInterval = 60_000;
const firstRetry = 5000;
const longestRetry = 15 * 60_000;

/**
 * When a CRL's address is to be asked again: after the interval, or earlier so as to have the
 * successor before nextUpdate: a tenth of the CRL's life, and at most an hour, before.
 *
 * @param interval - in milliseconds
 * @param jitter - shortens the wait by up to a tenth, so that servers do not ask in step
 * @returns milliseconds since 1970
 */
export function refreshDue(
  { confirmedAt, thisUpdate, nextUpdate }: CrlTimes,
  interval: number,
  jitter: number,
): number {
  const confirmed = confirmedAt.getTime();
  let wait = interval;
  if (nextUpdate !== undefined) {
    const end = nextUpdate.getTime();
    const lead = Math.min((end - thisUpdate.getTime()) / 10, longestLead);
    const untilLead = end - lead - confirmed;
    wait = Math.min(interval, untilLead > 0 ? untilLead : overdueInterval);
  }
  return confirmed + wait * (1 - 0.1 * jitter);
}

/**
 * When an address that failed is tried again: after 5 seconds, doubled with each further failure, at
 * most 15 minutes.
 *
 * @param jitter - shortens the wait by up to a fifth
 * @returns milliseconds since 1970
 */
export function retryDue(
  { attemptedAt, failures }: Pick<FetchState, 'attemptedAt' | 'failures'>,
  jitter: number,
): number {
  if (failures === 0) return attemptedAt.getTime();
  const wait = Math.min(firstRetry * 2 ** (failures - 1), longestRetry);
  return attemptedAt.getTime() + wait * (1 - 0.2 * jitter);
}

/**
 * The jitter of an address at a moment: the same whenever it is asked for, another one in each
 * server and for each round.
 *
 * @param seed - random bytes of this server
 */
export function jitterOf(seed: Uint8Array, address: string, round: Date): number {
  const digest = createHash('sha256').update(seed).update(`${address} ${round.getTime()}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
