import type { Clock } from '../../src/core/index.ts';

/** A clock that stands still until it is told to move. */
export class FakeClock implements Clock {
  #now: number;

  constructor(start: Date = new Date('2026-03-01T12:00:00.000Z')) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  /** Moves it, also backwards. */
  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
