import { expect, it } from 'vitest';
import { formatSecond, formatTime } from '../../../src/core/index.ts';

it.each([['2026-01-31T12:00:05.678Z'], [new Date('2026-01-31T13:00:05.678+01:00')]])(
  'writes %j in UTC, to the minute or second, without what programs read',
  (time) => {
    expect(formatTime(time)).toBe('2026-01-31 12:00 UTC');
    expect(formatSecond(time)).toBe('2026-01-31 12:00:05 UTC');
  },
);
