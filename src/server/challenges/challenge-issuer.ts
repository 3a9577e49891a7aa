/** Makes and signs challenges (docs/protocol.md, "Challenge"). */
import { createHash } from 'node:crypto';
import { encodeBase64Url, type RandomSource } from '../../core/index.ts';
import {
  challengeClaims,
  challengeType,
  nonceBytes,
  type Challenge,
} from '../../protocol/index.ts';
import type { ChallengeTerms } from '../../verifier/index.ts';
import { signToken } from './sign-token.ts';
import type { SigningKey } from './signing-keys.ts';

/** A hash that two terms share exactly if they say the same. */
export function hashTerms(terms: ChallengeTerms): string {
  const blank = { transaction: '', nonce: '', issuedAt: 0, expiresAt: 0 };
  const text = JSON.stringify(challengeClaims({ ...terms, ...blank }));
  return createHash('sha256').update(text).digest('base64url');
}

/** A new nonce: base64url of 256 random bits. */
export function makeNonce(random: RandomSource): string {
  return encodeBase64Url(random.bytes(nonceBytes));
}

/**
 * Signs a challenge.
 *
 * @returns the compact JWS
 */
export function signChallenge(challenge: Challenge, key: SigningKey): string {
  return signToken(challengeType, challengeClaims(challenge), key);
}
