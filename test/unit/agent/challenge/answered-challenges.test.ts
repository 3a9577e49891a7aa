import { describe, expect, it } from 'vitest';
import { AnsweredChallenges } from '../../../../src/agent/challenge/answered-challenges.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const seconds = now.getTime() / 1000;
const challenge = { issuer: 'https://a.test', transaction: 't', expiresAt: seconds + 120 };

describe('AnsweredChallenges', () => {
  it('refuses a second claim until the challenge has expired for good, the skew included', () => {
    const answered = new AnsweredChallenges();
    answered.claim(challenge, now);
    const at = (later: number): Date => new Date(now.getTime() + later * 1000);
    expect(codeOf(() => answered.claim(challenge, at(179)))).toBe('challenge_already_answered');
    expect(codeOf(() => answered.claim(challenge, at(181)))).toBeUndefined();
  });

  it('tells transactions of different servers apart', () => {
    const answered = new AnsweredChallenges();
    answered.claim(challenge, now);
    const other = { ...challenge, issuer: 'https://b.test' };
    expect(codeOf(() => answered.claim(other, now))).toBeUndefined();
  });

  it('gives a claim back', () => {
    const answered = new AnsweredChallenges();
    answered.claim(challenge, now)();
    expect(codeOf(() => answered.claim(challenge, now))).toBeUndefined();
  });

  it('is bounded: it refuses new challenges and forgets none before its time', () => {
    const answered = new AnsweredChallenges();
    for (let i = 0; i < 4096; i++) answered.claim({ ...challenge, transaction: `t-${i}` }, now);
    expect(codeOf(() => answered.claim(challenge, now))).toBe('too_many_requests');
    const first = { ...challenge, transaction: 't-0' };
    expect(codeOf(() => answered.claim(first, now))).toBe('challenge_already_answered');
    const later = new Date(now.getTime() + 200_000);
    const fresh = { ...challenge, expiresAt: seconds + 300 };
    expect(codeOf(() => answered.claim(fresh, later))).toBeUndefined();
  });
});
