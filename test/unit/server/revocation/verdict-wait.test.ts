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
    const wait = createVerdictWait(400);
    const start = performance.now();
    await wait(never);
    const first = performance.now();
    expect(first - start).toBeGreaterThan(390);
    await wait(never);
    await wait(never);
    expect(performance.now() - first).toBeLessThan(200);
  });
});
