/** Counts verdicts into buckets of time. */
import type { SignInCount, SignInStore } from '../storage/index.ts';
import type { SignInStatistics } from './administration.ts';
import { AdministrationError } from './errors.ts';

/** Which verdicts to count. */
export interface StatisticsQuery {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: 'hour' | 'day';
  readonly application?: string | undefined;
}

const lengths = { hour: 3_600_000, day: 86_400_000 } as const;

/** Buckets of one answer: a leap year's days, or a month's hours. */
const maxBuckets = 24 * 31;

/**
 * Counts verdicts.
 *
 * @throws AdministrationError `time_span_invalid`
 */
export async function countSignIns(
  signIns: Pick<SignInStore, 'counts'>,
  { from, to, bucket, application }: StatisticsQuery,
): Promise<SignInStatistics> {
  const length = lengths[bucket];
  const start = Math.floor(from.getTime() / length) * length;
  const count = Math.ceil((to.getTime() - start) / length);
  if (!(count >= 1 && count <= maxBuckets)) throw new AdministrationError('time_span_invalid');
  const end = start + count * length;
  const counts = (await signIns.counts(new Date(start), new Date(end))).filter(
    (one) => application === undefined || one.application === application,
  );
  const buckets = Array.from({ length: count }, (_, index) => ({
    ...{ start: new Date(start + index * length), allowed: 0, denied: 0 },
  }));
  for (const { hour, allowed, count: verdicts } of counts) {
    const into = buckets[Math.floor((hour.getTime() - start) / length)];
    if (into !== undefined) into[allowed ? 'allowed' : 'denied'] += verdicts;
  }
  return { from: new Date(start), to: new Date(end), bucket, buckets, reasons: reasonsOf(counts) };
}

function reasonsOf(counts: readonly SignInCount[]): SignInStatistics['reasons'] {
  const byCode = new Map<string, number>();
  for (const { code, allowed, count } of counts) {
    if (!allowed) byCode.set(code, (byCode.get(code) ?? 0) + count);
  }
  return Array.from(byCode, ([code, count]) => ({ code, count })).sort(
    (a, b) => b.count - a.count || (a.code < b.code ? -1 : 1),
  );
}
