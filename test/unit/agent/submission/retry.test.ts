import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../../src/agent/index.ts';
import type { ExchangeOutcome } from '../../../../src/agent/submission/exchange.ts';
import { retryDelay } from '../../../../src/agent/submission/retry.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const noJitter = { bytes: () => new Uint8Array(1) };
const fullJitter = { bytes: () => Uint8Array.of(255) };

function delay(outcome: ExchangeOutcome, attempt = 1, random = noJitter): number | undefined {
  return retryDelay(outcome, attempt, random, now);
}

function failure(
  code: 'server_unreachable' | 'server_tls_untrusted' | 'proxy_refused',
  sent: boolean,
) {
  return { ok: false, error: new AgentError(code), sent } as const;
}

function answer(status: number, retryAfter?: string): ExchangeOutcome {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { ok: true, answer: { status, headers, body: '' } };
}

describe('retryDelay', () => {
  it('backs off further each time, up to two seconds, where nothing was sent', () => {
    const outcome = failure('server_unreachable', false);
    expect([1, 2, 3, 4, 5, 9].map((attempt) => delay(outcome, attempt))).toEqual([
      200, 400, 800, 1600, 2000, 2000,
    ]);
  });

  it('adds jitter', () => {
    expect(delay(failure('server_unreachable', false), 1, fullJitter)).toBe(400);
  });

  it('never repeats what may have been sent', () => {
    expect(delay(failure('server_unreachable', true))).toBeUndefined();
  });

  it('never repeats what would fail again', () => {
    expect(delay(failure('server_tls_untrusted', false))).toBeUndefined();
    expect(delay(failure('proxy_refused', false))).toBeUndefined();
  });

  it.each([429, 503])('waits as long as a %i asks for', (status) => {
    expect(delay(answer(status, '3'))).toBe(3000);
    expect(delay(answer(status, 'Sun, 01 Mar 2026 12:00:05 GMT'))).toBe(5000);
    expect(delay(answer(status, 'Sun, 01 Mar 2026 11:00:00 GMT'))).toBe(0);
  });

  it.each([
    ['503 that does not say when', answer(503)],
    ['503 that says junk', answer(503, 'soon')],
    ['500', answer(500, '1')],
    ['200', answer(200, '1')],
    ['408', answer(408, '1')],
  ])('takes a %s for final', (_, outcome) => {
    expect(delay(outcome)).toBeUndefined();
  });
});
