import { overviewPage, overviewSpans, type OverviewSpan } from '../pages/overview.ts';
import { show, type ConsoleScope } from '../scope.ts';

const hour = 3_600_000;
const day = 24 * hour;

const spans: Readonly<
  Record<OverviewSpan, { readonly length: number; readonly bucket: 'hour' | 'day' }>
> = {
  day: { length: day, bucket: 'hour' },
  week: { length: 7 * day, bucket: 'day' },
  month: { length: 30 * day, bucket: 'day' },
};

/** Adds the first page. */
export function registerOverview({ page }: ConsoleScope): void {
  page('/', async ({ administration, query, now }) => {
    const span = query.choice('span', overviewSpans);
    const { length, bucket } = spans[span];
    const overview = await administration.overview.read();
    const statistics =
      span === 'day'
        ? overview.signIns
        : await administration.signIns.statistics(new Date(now.getTime() - length), now, bucket);
    return show(overviewPage(overview, statistics, span, now));
  });
}
