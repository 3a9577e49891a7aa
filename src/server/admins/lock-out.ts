/** How long an account takes no password after failures in a row. Pure. */

const minute = 60_000;

/** Failures that are free. */
const freeFailures = 4;

/** Longest lock, in minutes. */
const longest = 60;

/**
 * @param failures - in a row, this one included
 * @param now - the present moment
 * @returns until when the account is locked: a minute from the fifth failure on, twice as long with
 *   each further one, at most an hour; undefined: it is not
 */
export function lockedAfter(failures: number, now: Date): Date | undefined {
  if (failures <= freeFailures) return undefined;
  const minutes = Math.min(2 ** Math.min(failures - freeFailures - 1, 30), longest);
  return new Date(now.getTime() + minutes * minute);
}
