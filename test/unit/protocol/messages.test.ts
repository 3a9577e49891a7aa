import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../src/core/index.ts';
import {
  checkTokenTimes,
  declineReasons,
  encodeDecline,
  makeProblem,
  parseChallengeDelivery,
  parseDecline,
  parseOrigin,
  parseProblem,
  parseProofAnswer,
  parseServerUrl,
} from '../../../src/protocol/index.ts';
import { codeOf } from '../../testkit/code-of.ts';

describe('checkTokenTimes', () => {
  const issuedAt = 1_800_000_000;
  const check = (expiresAt: number, nowSeconds: number) =>
    codeOf(() => {
      checkTokenTimes({ issuedAt, expiresAt }, new Date(nowSeconds * 1000));
    });

  it('takes a token within its times, and within 60 s of skew at both ends', () => {
    expect(check(issuedAt + 120, issuedAt)).toBeUndefined();
    expect(check(issuedAt + 120, issuedAt - 60)).toBeUndefined();
    expect(check(issuedAt + 120, issuedAt + 179)).toBeUndefined();
  });

  it('refuses a token from the future, an expired one, and one that lives too long', () => {
    expect(check(issuedAt + 120, issuedAt - 61)).toBe('token_not_yet_valid');
    expect(check(issuedAt + 120, issuedAt + 180)).toBe('token_expired');
    expect(check(issuedAt + 121, issuedAt)).toBe('token_lifetime_too_long');
    expect(check(issuedAt, issuedAt)).toBe('token_lifetime_too_long');
    expect(check(issuedAt - 5, issuedAt)).toBe('token_lifetime_too_long');
  });
});

describe('decline', () => {
  const decline = {
    transaction: 't-1',
    nonce: encodeBase64Url(new Uint8Array(32)),
    code: 'device_no_certificate',
    agentVersion: '0.1.0',
  } as const;

  it('reads back what it writes, for every code', () => {
    for (const code of Object.keys(declineReasons) as (keyof typeof declineReasons)[]) {
      const text = JSON.stringify(encodeDecline({ ...decline, code }));
      expect(parseDecline(text)).toEqual({ ...decline, code });
    }
  });

  it('refuses a code it does not know, a missing nonce, junk and too much', () => {
    const body = encodeDecline(decline);
    const refuse = (text: string) => codeOf(() => parseDecline(text));
    expect(refuse(JSON.stringify({ ...body, error: 'device_managed' }))).toBe(
      'claim_value_invalid',
    );
    expect(refuse(JSON.stringify({ ...body, nonce: undefined }))).toBe('claim_missing');
    expect(refuse('[]')).toBe('message_malformed');
    expect(refuse('{')).toBe('message_malformed');
    expect(refuse(' '.repeat(5000))).toBe('message_too_long');
  });
});

describe('parseChallengeDelivery', () => {
  it('reads the challenge out of the widget’s body', () => {
    expect(parseChallengeDelivery('{"challengeRequest":"a.b.c"}')).toBe('a.b.c');
  });

  it.each(['', 'null', '"a.b.c"', '[]', '{}', '{"challengeRequest":7}', '{"challengeRequest":""}'])(
    'refuses %j',
    (body) => {
      expect(codeOf(() => parseChallengeDelivery(body))).toMatch(/^(message|claim)_/);
    },
  );
});

describe('parseOrigin', () => {
  it.each(['https://login.example.com', 'http://localhost:8080', 'https://[::1]:8443'])(
    'takes %s',
    (text) => {
      expect(parseOrigin(text)).toBe(text);
    },
  );

  it.each([
    '',
    'null',
    'https://login.example.com/',
    'https://login.example.com:443',
    'https://LOGIN.example.com',
    'https://user@login.example.com',
    'file://',
    'chrome-extension://abc',
    'https://login.example.com evil',
  ])('refuses %j', (text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });
});

describe('parseServerUrl', () => {
  it('takes https anywhere and http on this machine only', () => {
    expect(parseServerUrl('https://login.example.com/tenant')).toBeDefined();
    expect(parseServerUrl('http://127.0.0.1:8080')).toBeDefined();
    expect(parseServerUrl('http://[::1]:8080')).toBeDefined();
    expect(parseServerUrl('http://login.example.com')).toBeUndefined();
    expect(parseServerUrl('http://127.0.0.1.evil.example')).toBeUndefined();
    expect(parseServerUrl('https://u:p@login.example.com')).toBeUndefined();
    expect(parseServerUrl('https://login.example.com/#x')).toBeUndefined();
  });
});

describe('answers of the server', () => {
  it('reads a proof answer, and refuses one that is not', () => {
    const answer = { transaction: 't', managed: true, code: 'device_managed', message: 'Yes.' };
    expect(parseProofAnswer(JSON.stringify(answer))).toEqual(answer);
    expect(codeOf(() => parseProofAnswer('{}'))).toBe('claim_missing');
    expect(codeOf(() => parseProofAnswer('<html>'))).toBe('message_malformed');
  });

  it('reads a problem, and only a problem', () => {
    const problem = makeProblem(404, 'transaction_unknown', 'There is no such transaction.');
    expect(problem.type).toBe('urn:countersign:error:transaction_unknown');
    expect(parseProblem(JSON.stringify(problem))).toEqual({
      code: 'transaction_unknown',
      detail: 'There is no such transaction.',
    });
    expect(parseProblem('<html>')).toBeUndefined();
    expect(parseProblem('{"code":7}')).toBeUndefined();
  });
});
