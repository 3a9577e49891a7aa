/** Times and counts as people read them, wherever a program tells them. Times are in UTC. */

/** `2026-01-31`. @param time - a moment, or its ISO 8601 text */
export function formatDay(time: Date | string): string {
  return isoOf(time).slice(0, 10);
}

/** `2026-01-31 12:00 UTC`. */
export function formatTime(time: Date | string): string {
  return `${formatDay(time)} ${isoOf(time).slice(11, 16)} UTC`;
}

/**
 * `2026-01-31 12:00:05 UTC`, for a log, and for certificates and CRLs, which know nothing finer (RFC
 * 5280 section 4.1.2.5).
 */
export function formatSecond(time: Date | string): string {
  return `${formatDay(time)} ${isoOf(time).slice(11, 19)} UTC`;
}

/** ISO 8601, UTC. */
export function isoOf(time: Date | string): string {
  return new Date(time).toISOString();
}

/** `1 entry`, `2 entries`. @param several - where it is not `one` with an s */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
