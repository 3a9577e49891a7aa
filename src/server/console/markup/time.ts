/** Times as people read them: UTC to the minute, and how long ago. */
import { counted, formatDay, formatTime, isoOf } from '../../../core/index.ts';
import { html, type Html } from '../../html/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A moment, readable by people and programs. */
export function timeElement(time: Date | string): Html {
  return html`<time datetime="${isoOf(time)}">${formatTime(time)}</time>`;
}

/**
 * A moment with its distance from now, such as `3 hours ago` or `in 5 days`.
 *
 * @param time - the moment
 * @param now - the present one
 */
export function distanceElement(time: Date | string, now: Date): Html {
  return html`<time datetime="${isoOf(time)}" title="${formatTime(time)}"
    >${formatDistance(time, now)}</time
  >`;
}

/** A day with its distance from now below it: for ends, which people plan with. */
export function dayElement(time: Date | string, now: Date): Html {
  return html`<time datetime="${isoOf(time)}" title="${formatTime(time)}"
    >${formatDay(time)} <span class="small">${formatDistance(time, now)}</span></time
  >`;
}

/** `3 hours ago`, `in 5 days`, `just now`: the largest unit that is at least one whole. */
export function formatDistance(time: Date | string, now: Date): string {
  const distance = new Date(time).getTime() - now.getTime();
  const length = formatDuration(Math.abs(distance));
  if (length === undefined) return 'just now';
  return distance < 0 ? `${length} ago` : `in ${length}`;
}

/**
 * A length of time, such as `3 hours`.
 *
 * @param milliseconds - not negative
 * @returns undefined for less than a minute
 */
export function formatDuration(milliseconds: number): string | undefined {
  const [unit, size] =
    milliseconds >= 2 * year
      ? ['year', year]
      : milliseconds >= 2 * day
        ? ['day', day]
        : milliseconds >= hour
          ? ['hour', hour]
          : ['minute', minute];
  const count = Math.floor(milliseconds / size);
  if (count === 0) return undefined;
  return counted(count, unit);
}
