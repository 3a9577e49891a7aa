/** Where the time comes from. Nothing below src/cli reads the system clock by itself. */
export interface Clock {
  /** @returns the present moment */
  now(): Date;
}

/** The machine's own clock; composed in at src/cli. */
export const systemClock: Clock = { now: () => new Date() };
