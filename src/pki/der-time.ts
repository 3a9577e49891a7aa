/** UTCTime and GeneralizedTime as RFC 5280 section 4.1.2.5 restricts them. */
import { malformed } from './errors.ts';

/** Checks [YY]YYMMDDHHMMSSZ without making a Date of it. */
export function checkTime(bytes: Uint8Array, start: number, end: number, yearDigits: 2 | 4): void {
  if (end - start !== yearDigits + 11) throw malformed('A time is not [YY]YYMMDDHHMMSSZ.');
  if (bytes[end - 1] !== 0x5a) throw malformed('A time does not end in Z.');
  for (let i = start; i < end - 1; i++) {
    const octet = bytes[i] ?? 0;
    if (octet < 0x30 || octet > 0x39) throw malformed('A time holds more than digits.');
  }
  const [month, day] = [twoDigits(bytes, end - 11), twoDigits(bytes, end - 9)];
  const tooLate =
    twoDigits(bytes, end - 7) > 23 ||
    twoDigits(bytes, end - 5) > 59 ||
    twoDigits(bytes, end - 3) > 59;
  if (month < 1 || month > 12 || day < 1 || tooLate) throw malformed('A time does not exist.');
  if (day > 28 && day > daysInMonth(yearOf(bytes, start, end), month)) {
    throw malformed('A time does not exist.');
  }
}

/** @returns the moment that a checked time names */
export function toDate(bytes: Uint8Array, start: number, end: number): Date {
  const date = new Date(0);
  const month = twoDigits(bytes, end - 11);
  date.setUTCFullYear(yearOf(bytes, start, end), month - 1, twoDigits(bytes, end - 9));
  date.setUTCHours(twoDigits(bytes, end - 7), twoDigits(bytes, end - 5), twoDigits(bytes, end - 3));
  return date;
}

/** RFC 5280 section 4.1.2.5.1: two digits mean 1950 to 2049. */
function yearOf(bytes: Uint8Array, start: number, end: number): number {
  const high = twoDigits(bytes, start);
  if (end - start === 15) return high * 100 + twoDigits(bytes, start + 2);
  return high >= 50 ? 1900 + high : 2000 + high;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) - 0x30) * 10 + ((bytes[offset + 1] ?? 0) - 0x30);
}
