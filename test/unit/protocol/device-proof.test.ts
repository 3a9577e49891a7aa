import { describe, expect, it } from 'vitest';
import { encodeBase64, encodeBase64Url, type JsonValue } from '../../../src/core/index.ts';
import {
  encodeCompactJws,
  parseDeviceProof,
  proofSigningInput,
  ProtocolError,
} from '../../../src/protocol/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { compact, validProofClaims, validProofHeader, without } from './fixtures.ts';

function refusal(claims: JsonValue, header: JsonValue = validProofHeader): [unknown, unknown] {
  try {
    parseDeviceProof(compact(header, claims));
  } catch (error) {
    if (error instanceof ProtocolError) return [error.code, error.member];
    throw error;
  }
  return ['accepted', undefined];
}

describe('parseDeviceProof', () => {
  it('reads back what proofSigningInput writes', () => {
    const read = parseDeviceProof(compact(validProofHeader, validProofClaims));
    const written = encodeCompactJws(
      proofSigningInput(read.header, read.proof),
      new Uint8Array(64),
    );
    const again = parseDeviceProof(written);
    expect(again.proof).toEqual(read.proof);
    expect(again.header).toEqual(read.header);
    expect(again.jws.payload).toEqual(validProofClaims);
    expect(again.jws.header).toEqual(validProofHeader);
  });

  it.each(Object.keys(validProofClaims))('refuses a proof without the claim %s', (claim) => {
    expect(refusal(without(validProofClaims, claim))).toEqual(['claim_missing', claim]);
  });

  it.each(Object.keys(validProofClaims))('refuses a claim %s of another type', (claim) => {
    for (const value of [true, null, [1]]) {
      expect(refusal({ ...validProofClaims, [claim]: value })).toEqual([
        'claim_type_invalid',
        claim,
      ]);
    }
  });

  it.each<[string, JsonValue, string]>([
    ['iss', 'urn:uuid:6F1D3C52-8A4E-4B0F-9C1D-2E3F4A5B6C7D', 'iss'],
    ['iss', 'device-1', 'iss'],
    ['cth', 'AAAA', 'cth'],
    ['nonce', encodeBase64Url(new Uint8Array(31)), 'nonce'],
    ['origin', 'https://login.example.com/path', 'origin'],
    ['device', { platform: 'beos', os_version: '5', hostname: 'h' }, 'platform'],
    ['device', { platform: 'linux', os_version: '5', hostname: 'a\nb' }, 'hostname'],
    ['device', { platform: 'linux', os_version: '5', hostname: 'a'.repeat(257) }, 'hostname'],
    ['key', { store: 'pkcs11', protection: 'vault' }, 'protection'],
  ])('refuses the claim %s with the value %j', (claim, value, member) => {
    expect(refusal({ ...validProofClaims, [claim]: value })).toEqual([
      'claim_value_invalid',
      member,
    ]);
  });

  it.each<[string, JsonValue, string]>([
    ['typ', 'device-challenge+jwt', 'jws_type_unexpected'],
    ['alg', 'none', 'jws_algorithm_refused'],
    ['alg', 'HS256', 'jws_algorithm_refused'],
    ['alg', 'RS1', 'jws_algorithm_refused'],
    ['crit', ['exp'], 'jws_critical_unknown'],
    ['jwk', {}, 'jws_header_forbidden'],
    ['jku', 'https://a.example', 'jws_header_forbidden'],
    ['x5u', 'https://a.example', 'jws_header_forbidden'],
    ['x5c', 'MAA=', 'jws_header_invalid'],
    ['x5c', [], 'jws_header_invalid'],
    ['x5c', [7], 'jws_header_invalid'],
    ['x5c', ['M-A_'], 'jws_header_invalid'],
    ['x5c', Array.from({ length: 9 }, () => 'MAA='), 'jws_header_invalid'],
    ['x5c', [encodeBase64(new Uint8Array(16 * 1024 + 1))], 'jws_header_invalid'],
    ['x5t#S256', 7, 'jws_header_invalid'],
  ])('refuses the header %s = %j with %s', (member, value, code) => {
    expect(refusal(validProofClaims, { ...validProofHeader, [member]: value })).toEqual([
      code,
      member,
    ]);
  });

  it('refuses a header without x5c or x5t#S256', () => {
    for (const member of ['x5c', 'x5t#S256']) {
      expect(refusal(validProofClaims, without(validProofHeader, member))).toEqual([
        'jws_header_invalid',
        member,
      ]);
    }
  });

  it('refuses ten megabytes at once, and deep nesting', () => {
    expect(codeOf(() => parseDeviceProof('a'.repeat(10_000_000)))).toBe('message_too_long');
    let deep: JsonValue = 1;
    for (let i = 0; i < 50; i++) deep = [deep];
    expect(refusal({ ...validProofClaims, extra: deep })[0]).toBe('jws_malformed');
  });
});
