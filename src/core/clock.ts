/** Where the time comes from. Nothing below src/cli reads the system clock by itself. */
export interface Clock {
  /** @returns the present moment */
  now(): Date;
}

/**
 * Whether a moment is past, but not by that much. After a clock was set back, what lies ahead is not.
 *
 * @param milliseconds - the bound, which is out of it
 * @param moment - in milliseconds, as is `now`
 */
export function isWithin(milliseconds: number, moment: number, now: number): boolean {
  return moment <= now && now - moment < milliseconds;
}

/** The machine's own clock; composed in at src/cli. */
export const systemClock: Clock = { now: () => new Date() };
