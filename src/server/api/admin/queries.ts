/** Queries that several operations take. */
import type { JsonSchema } from './json-schema.ts';
import { moment, text, whole } from './json-schema.ts';

/** Parameters of a list that is read page by page. */
export const pageParameters: Readonly<Record<string, JsonSchema>> = {
  limit: { ...whole(1, 500), default: 50, description: 'Most items of the page.' },
  after: text(1024, { description: '`next` of the page before.' }),
};

/** Parameters of a span of time. */
export const spanParameters: Readonly<Record<string, JsonSchema>> = {
  from: { ...moment, description: 'At this moment or later.' },
  before: { ...moment, description: 'Before this moment.' },
};

/** {@link pageParameters} as they arrive. */
export interface PageParameters {
  readonly limit?: number;
  readonly after?: string;
}

/** {@link spanParameters} as they arrive. */
export interface SpanParameters {
  readonly from?: string;
  readonly before?: string;
}

/** With the default limit filled in. */
export function toPage({ limit = 50, after }: PageParameters) {
  return { limit, after };
}

/** As moments. */
export function toSpan({ from, before }: SpanParameters) {
  return { from: toMoment(from), before: toMoment(before) };
}

/** @param value - RFC 3339, as its schema asks */
export function toMoment(value: string | undefined): Date | undefined {
  return value === undefined ? undefined : new Date(value);
}
