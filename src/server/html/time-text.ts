/** Times as people read them, wherever the server tells them: in UTC. */

/** `2026-01-31 12:00 UTC`. */
export function formatTime(time: Date | string): string {
  const iso = isoOf(time);
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** `2026-01-31 12:00:05 UTC`, for a log. */
export function formatSecond(time: Date | string): string {
  const iso = isoOf(time);
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** ISO 8601, UTC. */
export function isoOf(time: Date | string): string {
  return new Date(time).toISOString();
}
