import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/core/index.ts';
import { challengeClaims, parseChallenge, ProtocolError } from '../../../src/protocol/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { compact, validChallengeClaims, validChallengeHeader, without } from './fixtures.ts';

const valid = compact(validChallengeHeader, validChallengeClaims);

function refusal(claims: JsonValue, header: JsonValue = validChallengeHeader): [unknown, unknown] {
  try {
    parseChallenge(compact(header, claims));
  } catch (error) {
    if (error instanceof ProtocolError) return [error.code, error.member];
    throw error;
  }
  return ['accepted', undefined];
}

describe('parseChallenge', () => {
  it('reads every claim', () => {
    const { challenge, keyId } = parseChallenge(valid);
    expect(keyId).toBe('key-1');
    expect(challenge).toMatchObject({
      issuer: 'https://login.example.com',
      transaction: 'transaction-1',
      issuedAt: 1_800_000_000,
      expiresAt: 1_800_000_120,
      origins: ['https://login.example.com', 'https://app.example.com:8443'],
      responseUri: 'https://login.example.com/v1/proofs',
      algorithms: ['ES256', 'RS256'],
    });
    expect(challenge.authorityKeyIdentifiers).toHaveLength(1);
    expect(challenge.issuerNames).toEqual([new Uint8Array([0x30, 0])]);
  });

  it('reads back what challengeClaims writes', () => {
    const { challenge } = parseChallenge(valid);
    expect(challengeClaims(challenge)).toEqual(validChallengeClaims);
  });

  it.each(Object.keys(validChallengeClaims))(
    'refuses a challenge without the claim %s',
    (claim) => {
      expect(refusal(without(validChallengeClaims, claim))).toEqual(['claim_missing', claim]);
    },
  );

  it.each(Object.keys(validChallengeClaims))('refuses a claim %s of another type', (claim) => {
    for (const value of [true, null, { a: 1 }]) {
      expect(refusal({ ...validChallengeClaims, [claim]: value })).toEqual([
        'claim_type_invalid',
        claim,
      ]);
    }
  });

  it.each<[string, JsonValue]>([
    ['iss', 'http://login.example.com'],
    ['iss', 'https://user:pw@login.example.com'],
    ['iss', 'login.example.com'],
    ['aud', 'urn:somebody:else'],
    ['jti', ''],
    ['jti', 'a\u0000b'],
    ['nonce', 'AAAA'],
    ['nonce', `${'A'.repeat(42)}==`],
    ['iat', 1.5],
    ['exp', -1],
    ['origins', []],
    ['origins', ['https://login.example.com/']],
    ['origins', ['HTTPS://login.example.com']],
    ['origins', ['null']],
    ['origins', ['https://login.example.com:443']],
    ['origins', Array.from({ length: 65 }, (_, i) => `https://a${i}.example.com`)],
    ['response_uri', 'https://evil.example.com/v1/proofs'],
    ['response_uri', 'https://login.example.com:8443/v1/proofs'],
    ['trusted_authorities', ['aki']],
    ['trusted_authorities', [{ type: 'aki', values: ['not base64url!'] }]],
    ['issuers', []],
    ['issuers', ['M-A=']],
    ['algs', ['HS256', 'none']],
  ])('refuses the claim %s with the value %j', (claim, value) => {
    expect(refusal({ ...validChallengeClaims, [claim]: value })).toEqual([
      'claim_value_invalid',
      claim,
    ]);
  });

  it.each<[string, JsonValue, string]>([
    ['typ', 'JWT', 'jws_type_unexpected'],
    ['typ', 'device-proof+jwt', 'jws_type_unexpected'],
    ['crit', ['b64'], 'jws_critical_unknown'],
    ['crit', [], 'jws_critical_unknown'],
    ['alg', 'none', 'jws_algorithm_refused'],
    ['alg', 'HS256', 'jws_algorithm_refused'],
    ['alg', 'RS256', 'jws_algorithm_refused'],
    ['alg', 7, 'jws_algorithm_refused'],
    ['jwk', { kty: 'EC' }, 'jws_header_forbidden'],
    ['jku', 'https://evil.example.com/jwks', 'jws_header_forbidden'],
    ['x5u', 'https://evil.example.com/cert', 'jws_header_forbidden'],
    ['kid', '', 'jws_header_invalid'],
    ['kid', 7, 'jws_header_invalid'],
  ])('refuses the header %s = %j with %s', (member, value, code) => {
    expect(refusal(validChallengeClaims, { ...validChallengeHeader, [member]: value })).toEqual([
      code,
      member,
    ]);
  });

  it('passes over authorities of a type it does not know', () => {
    const claims = {
      ...validChallengeClaims,
      trusted_authorities: [{ type: 'openid_federation', values: ['https://ta.example'] }],
    };
    const { challenge } = parseChallenge(compact(validChallengeHeader, claims));
    expect(challenge.authorityKeyIdentifiers).toEqual([]);
  });

  it('passes over signature algorithms it does not know', () => {
    const claims = { ...validChallengeClaims, algs: ['ML-DSA-44', 'ES256'] };
    const { challenge } = parseChallenge(compact(validChallengeHeader, claims));
    expect(challenge.algorithms).toEqual(['ES256']);
  });

  it.each([
    '',
    '.',
    '..',
    'a.b.c.d',
    'e30.e30.',
    'e30.e30',
    `${valid}.`,
    ` ${valid}`,
    `${valid}=`,
    valid.replace('.', '..'),
  ])('refuses %j as no compact JWS', (text) => {
    const code = codeOf(() => parseChallenge(text));
    expect(['jws_malformed', 'jws_type_unexpected']).toContain(code);
  });

  it('refuses an empty signature', () => {
    const unsigned = valid.slice(0, valid.lastIndexOf('.') + 1);
    expect(codeOf(() => parseChallenge(unsigned))).toBe('jws_malformed');
  });

  it('refuses a header that names a member twice', () => {
    const header = Buffer.from(
      '{"typ":"device-challenge+jwt","alg":"none","alg":"ES256","kid":"k"}',
    );
    const text = [header.toString('base64url'), ...valid.split('.').slice(1)].join('.');
    expect(codeOf(() => parseChallenge(text))).toBe('jws_malformed');
  });

  it('refuses ten megabytes at once', () => {
    expect(codeOf(() => parseChallenge('a'.repeat(10_000_000)))).toBe('message_too_long');
  });

  it('refuses every truncation of header or claims and every junk text with a typed error', () => {
    const end = valid.lastIndexOf('.');
    for (let length = 0; length <= end; length += 7) {
      const code = codeOf(() => parseChallenge(valid.slice(0, length)));
      expect(code).toMatch(/^(jws|claim)_/);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(codeOf(() => parseChallenge(text))).toMatch(/^(jws|claim|message)_/);
      }),
    );
  });
});
