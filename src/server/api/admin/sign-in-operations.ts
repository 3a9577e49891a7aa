/** Sign-ins, their export and statistics, and the overview. */
import { authorityJson } from '../../trust/index.ts';
import { crlJson } from '../../revocation/index.ts';
import { flag, oneOf, page, ref, text, type JsonSchema } from './json-schema.ts';
import { json, operation, type Operation } from './operation.ts';
import {
  pageParameters,
  spanParameters,
  toPage,
  toSpan,
  type PageParameters,
  type SpanParameters,
} from './queries.ts';
import { signInCsv } from './sign-in-csv.ts';

const tag = 'Sign-ins';

interface Filters extends SpanParameters {
  readonly managed?: boolean;
  readonly allowed?: boolean;
  readonly code?: string;
  readonly application?: string;
  readonly device?: string;
  readonly user?: string;
}

const filters: Readonly<Record<string, JsonSchema>> = {
  ...spanParameters,
  managed: flag,
  allowed: { ...flag, description: 'True: those that were let in.' },
  code: text(100),
  application: text(100),
  device: text(100),
  user: text(256),
};

interface StatisticsParameters {
  readonly from: string;
  readonly to: string;
  readonly bucket: 'hour' | 'day';
  readonly application?: string;
}

/** Sign-ins. */
export const signInOperations: readonly Operation[] = [
  operation<undefined, Filters & PageParameters>({
    ...{ id: 'listSignIns', method: 'GET', path: '/sign-ins', tag },
    ...{ summary: 'Lists sign-ins, youngest first', role: 'auditor' },
    query: { ...filters, ...pageParameters },
    ...{ answer: json(page('signIns', ref('SignIn'))), refusals: [422] },
    handle: async ({ administration, query }) => {
      const wanted = { ...query, ...toSpan(query), ...toPage(query) };
      const { items, next } = await administration.signIns.list(wanted);
      return { signIns: items, next };
    },
  }),
  operation<undefined, Filters & { format?: 'ndjson' | 'csv' }>({
    ...{ id: 'exportSignIns', method: 'GET', path: '/sign-ins/export', tag },
    summary: 'Every sign-in that fits, youngest first, line by line',
    role: 'auditor',
    query: { ...filters, format: { ...oneOf('ndjson', 'csv'), default: 'ndjson' } },
    answer: {
      ...{ status: 200, description: 'One sign-in a line.' },
      streams: ['application/x-ndjson', 'text/csv; charset=utf-8'],
    },
    handle: ({ administration, query: { format = 'ndjson', ...query } }) => {
      const signIns = administration.signIns.export({ ...query, ...toSpan(query) });
      return Promise.resolve(
        format === 'csv'
          ? {
              mediaType: 'text/csv; charset=utf-8',
              fileName: 'sign-ins.csv',
              lines: signInCsv(signIns),
            }
          : {
              ...{ mediaType: 'application/x-ndjson', fileName: 'sign-ins.ndjson' },
              lines: jsonLines(signIns),
            },
      );
    },
  }),
  operation<undefined, StatisticsParameters>({
    ...{ id: 'getSignInStatistics', method: 'GET', path: '/sign-ins/statistics', tag },
    ...{ summary: 'Counts verdicts by hour or day, and reasons for refusal', role: 'auditor' },
    query: {
      from: { type: 'string', format: 'date-time' },
      to: { type: 'string', format: 'date-time' },
      bucket: oneOf('hour', 'day'),
      application: text(100),
    },
    requiredQuery: ['from', 'to', 'bucket'],
    ...{ answer: json(ref('SignInStatistics')), refusals: [422] },
    handle: ({ administration, query: { from, to, bucket, application } }) =>
      administration.signIns.statistics(new Date(from), new Date(to), bucket, application),
  }),
  operation({
    ...{ id: 'getSignIn', method: 'GET', path: '/sign-ins/{transaction}', tag },
    ...{ summary: 'Shows a sign-in with every check and path', role: 'auditor' },
    ...{ answer: json(ref('SignIn')), refusals: [404] },
    handle: ({ administration, params: { transaction = '' } }) =>
      administration.signIns.find(transaction),
  }),
  operation({
    ...{ id: 'getOverview', method: 'GET', path: '/overview', tag: 'Overview' },
    ...{ summary: 'What the console’s first page shows', role: 'auditor' },
    answer: json(ref('Overview')),
    handle: async ({ administration }) => {
      const { authorities, crls, ...rest } = await administration.overview.read();
      return {
        ...rest,
        certificateAuthorities: authorities.map(authorityJson),
        crls: crls.map(crlJson),
      };
    },
  }),
];

/** One item of JSON a line. */
export async function* jsonLines(items: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}
