import { describe, expect, it } from 'vitest';
import { jitterOf, refreshDue, retryDue } from '../../../../src/server/revocation/schedule.ts';

const start = Date.parse('2026-03-01T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const at = (milliseconds: number): Date => new Date(start + milliseconds);

/** A CRL confirmed at the start. */
const crl = (from: number, to: number | undefined) => ({
  confirmedAt: at(0),
  thisUpdate: at(from),
  nextUpdate: to === undefined ? undefined : at(to),
});
const wait = (times: ReturnType<typeof crl>, interval: number, jitter = 0): number =>
  refreshDue(times, interval, jitter) - start;

describe('a CRL’s refresh', () => {
  it.each([
    ['is due after the interval', crl(-hour, 24 * hour), 15 * minute, 15 * minute],
    ['is due a tenth of its life before nextUpdate', crl(0, 5 * hour), 24 * hour, 4.5 * hour],
    ['is due at most an hour before nextUpdate', crl(0, 48 * hour), 72 * hour, 47 * hour],
    ['is due each minute once a successor should be there', crl(-24 * hour, 1), hour, minute],
    ['is due each minute once it is stale', crl(-24 * hour, -hour), hour, minute],
    ['is due no less often for being stale', crl(-24 * hour, -hour), 1000, 1000],
    ['is due after the interval where it has no nextUpdate', crl(0, undefined), hour, hour],
  ])('%s', (_, times, interval, expected) => {
    expect(wait(times, interval)).toBe(expected);
  });

  it('comes up to a tenth earlier by jitter, never later', () => {
    expect(wait(crl(0, 48 * hour), hour, 1)).toBe(0.9 * hour);
    expect(wait(crl(0, 5 * hour), 24 * hour, 0.5)).toBe(4.5 * hour * 0.95);
  });
});

describe('a failed address', () => {
  it('is tried again after twice as long each time, at most a quarter of an hour', () => {
    const waits = [1, 2, 3, 4, 7, 8, 9, 100].map(
      (failures) => retryDue({ attemptedAt: at(0), failures }, 0) - start,
    );
    const seconds = waits.map((milliseconds) => milliseconds / 1000);
    expect(seconds).toEqual([5, 10, 20, 40, 320, 640, 900, 900]);
  });

  it('is tried up to a fifth earlier by jitter', () => {
    expect(retryDue({ attemptedAt: at(0), failures: 1 }, 1) - start).toBe(4000);
  });

  it('is tried at once after a success', () => {
    expect(retryDue({ attemptedAt: at(0), failures: 0 }, 0)).toBe(start);
  });
});

describe('the jitter', () => {
  const seed = Buffer.from('one server');

  it('is the same for the same address and round, and from 0 to 1', () => {
    const jitter = jitterOf(seed, 'http://a', at(0));
    expect(jitterOf(seed, 'http://a', at(0))).toBe(jitter);
    expect(jitter).toBeGreaterThanOrEqual(0);
    expect(jitter).toBeLessThan(1);
  });

  it('differs between servers, addresses and rounds', () => {
    const jitters = [
      jitterOf(seed, 'http://a', at(0)),
      jitterOf(seed, 'http://a', at(1)),
      jitterOf(seed, 'http://b', at(0)),
      jitterOf(Buffer.from('another'), 'http://a', at(0)),
    ];
    expect(new Set(jitters).size).toBe(4);
  });
});
