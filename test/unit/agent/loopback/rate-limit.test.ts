import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../../src/agent/loopback/rate-limit.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';

describe('RateLimit', () => {
  it('lets a burst through, then a steady pace', () => {
    const clock = new FakeClock();
    const limit = new RateLimit({ burst: 3, perSecond: 2 }, clock);
    const take = (): boolean => limit.take('a');
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
    clock.advance(500);
    expect([take(), take()]).toEqual([true, false]);
    clock.advance(60_000);
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  });

  it('counts each key apart', () => {
    const limit = new RateLimit({ burst: 1, perSecond: 1 }, new FakeClock());
    expect([limit.take('a'), limit.take('b'), limit.take('a')]).toEqual([true, true, false]);
  });

  it('gives nothing for a clock that goes back', () => {
    const clock = new FakeClock();
    const limit = new RateLimit({ burst: 1, perSecond: 1 }, clock);
    limit.take('a');
    clock.advance(-60_000);
    expect(limit.take('a')).toBe(false);
  });
});
