import { setTimeout as delay } from 'node:timers/promises';

const longest = 30_000;
const between = 100;

/** Waits until something holds, for what sends no event. @returns false where it never did */
export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + longest;
  while (Date.now() < deadline) {
    if (await holds()) return true;
    await delay(between);
  }
  return false;
}
