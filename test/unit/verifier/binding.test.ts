import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/index.ts';
import { parseDeviceProof } from '../../../src/protocol/index.ts';
import { checkBinding } from '../../../src/verifier/binding.ts';
import { codeOf } from '../../testkit/code-of.ts';
import {
  compact,
  validChallengeClaims,
  validChallengeHeader,
  validProofClaims,
  validProofHeader,
} from '../protocol/fixtures.ts';

const seconds = 1_800_000_030;

/** `bound`, or why a proof does not answer a challenge, 30 seconds after it was issued. */
function bindingOf(proof: JsonObject = {}, challenge: JsonObject = {}): unknown {
  const jws = compact(validChallengeHeader, { ...validChallengeClaims, ...challenge });
  const cth = createHash('sha256').update(jws).digest('base64url');
  const claims = { ...validProofClaims, cth, ...proof };
  const read = parseDeviceProof(compact(validProofHeader, claims)).proof;
  return codeOf(() => checkBinding(read, jws, new Date(seconds * 1000))) ?? 'bound';
}

describe('the binding of a proof to its challenge', () => {
  it('holds for the proof of this challenge', () => {
    expect(bindingOf()).toBe('bound');
  });

  const other = Buffer.alloc(32, 8).toString('base64url');
  it.each([
    ['hash', { cth: other }, 'proof_challenge_mismatch'],
    ['audience', { aud: 'https://evil.example.com/v1/proofs' }, 'proof_audience_mismatch'],
    ['transaction', { txn: 'transaction-2' }, 'proof_transaction_mismatch'],
    ['nonce', { nonce: other }, 'proof_nonce_mismatch'],
  ])('breaks on another %s', (_, proof, code) => {
    expect(bindingOf(proof)).toBe(code);
  });

  const times = (from: number, to: number): JsonObject => ({
    iat: seconds + from,
    exp: seconds + to,
  });
  it.each([
    ['over', times(-180, -60), 'token_expired'],
    ['of the future', times(61, 120), 'token_not_yet_valid'],
    ['too long-lived', times(-1, 120), 'token_lifetime_too_long'],
  ])('asks for freshness of each of the two: %s', (_, stale, code) => {
    expect(bindingOf(stale)).toBe(code);
    expect(bindingOf({}, stale)).toBe(code);
  });
});
