import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../../../src/server/api/rate-limiter.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';

describe('a rate limiter', () => {
  it('lets as many through as a minute has, then one by one', () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter(6, clock);
    for (let i = 0; i < 6; i++) expect(limiter.take('192.0.2.1')).toBe(0);
    expect(limiter.take('192.0.2.1')).toBe(10);
    clock.advance(9000);
    expect(limiter.take('192.0.2.1')).toBe(1);
    clock.advance(1000);
    expect(limiter.take('192.0.2.1')).toBe(0);
    expect(limiter.take('192.0.2.1')).toBe(10);
  });

  it('does not save up more than a minute’s worth', () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter(2, clock);
    limiter.take('192.0.2.1');
    clock.advance(3_600_000);
    expect([1, 2, 3].map(() => limiter.take('192.0.2.1'))).toEqual([0, 0, 30]);
  });

  it('counts addresses apart, and the addresses of one IPv6 network together', () => {
    const limiter = createRateLimiter(1, new FakeClock());
    expect(limiter.take('192.0.2.1')).toBe(0);
    expect(limiter.take('192.0.2.2')).toBe(0);
    expect(limiter.take('::ffff:192.0.2.2')).toBe(60);
    expect(limiter.take('2001:db8:1:2::1')).toBe(0);
    expect(limiter.take('2001:db8:1:2:ffff:0:0:9')).toBe(60);
    expect(limiter.take('2001:db8:1:3::1')).toBe(0);
    expect(limiter.take('2001:db8::1')).toBe(0);
    expect(limiter.take('2001:db8:0:0:5::1')).toBe(60);
    expect(limiter.take('::1')).toBe(0);
  });

  it('looks without counting', () => {
    const limiter = createRateLimiter(1, new FakeClock());
    expect([limiter.peek('a'), limiter.peek('a')]).toEqual([0, 0]);
    limiter.take('a');
    expect(limiter.peek('a')).toBe(60);
  });

  it('gives and takes nothing when the clock is set back', () => {
    const clock = new FakeClock();
    const limiter = createRateLimiter(2, clock);
    limiter.take('a');
    clock.advance(-3_600_000);
    expect([limiter.take('a'), limiter.take('a')]).toEqual([0, 30]);
  });

  it('remembers ten thousand addresses, those seen last', () => {
    const limiter = createRateLimiter(1, new FakeClock());
    for (let i = 0; i < 10_000; i++) limiter.take(`address ${i}`);
    expect(limiter.take('address 0')).toBe(60);
    limiter.take('one more');
    expect(limiter.take('address 0')).toBe(60);
    expect(limiter.take('address 1')).toBe(0);
  });
});
