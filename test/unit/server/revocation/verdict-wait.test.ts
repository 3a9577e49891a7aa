import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createVerdictWait } from '../../../../src/server/revocation/verdict-wait.ts';

describe('the wait of a verdict', () => {
  const never = new Promise<void>(() => undefined);

  it('ends with the work, whether it succeeds or fails', async () => {
    const wait = createVerdictWait(60_000);
    await wait(Promise.resolve());
    await wait(Promise.reject(new Error('down')));
  });

  it('has one bound for all that is waited for', async () => {
    const wait = createVerdictWait(100);
    const order: string[] = [];
    const note = (event: string) => () => order.push(event);
    // Timers end in the order of their times, however busy the machine is.
    const shorter = sleep(50).then(note('a shorter timer'));
    await wait(never).then(note('the bound'));
    // What is waited for from here on gets not even one turn of the event loop.
    const nextTurn = setImmediate().then(note('the next turn'));
    await wait(never).then(note('a second wait'));
    await wait(never).then(note('a third wait'));
    await Promise.all([shorter, nextTurn]);
    expect(order).toEqual([
      'a shorter timer',
      'the bound',
      'a second wait',
      'a third wait',
      'the next turn',
    ]);
  });
});
