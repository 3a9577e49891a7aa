import { describe, expect, it } from 'vitest';
import { createRefreshed } from '../../../src/server/refreshed.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';

describe('a refreshed value', () => {
  it('is loaded once for all who ask within its age, then again', async () => {
    const clock = new FakeClock();
    let loads = 0;
    const value = createRefreshed(() => Promise.resolve(++loads), clock, 1000);
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    clock.advance(1000);
    expect(await value.get()).toBe(1);
    clock.advance(1);
    expect(await value.get()).toBe(2);
  });

  it('is loaded again when the clock steps back, and when it is made invalid', async () => {
    const clock = new FakeClock();
    let loads = 0;
    const value = createRefreshed(() => Promise.resolve(++loads), clock, 1000);
    await value.get();
    clock.advance(-1001);
    expect(await value.get()).toBe(2);
    value.invalidate();
    expect(await value.get()).toBe(3);
  });

  it('is not kept where loading failed', async () => {
    let loads = 0;
    const load = () => (++loads === 1 ? Promise.reject(new Error('gone')) : Promise.resolve(loads));
    const value = createRefreshed(load, new FakeClock(), 1000);
    await expect(value.get()).rejects.toThrow('gone');
    expect(await value.get()).toBe(2);
  });
});
