/** Makes and signs challenges (docs/protocol.md, "Challenge"). */
import { createHash } from 'node:crypto';
import { encodeBase64Url, type RandomSource, type SignatureAlgorithm } from '../../core/index.ts';
import {
  challengeClaims,
  challengeType,
  nonceBytes,
  serverPaths,
  type Challenge,
} from '../../protocol/index.ts';
import type { TrustedAuthority } from '../../verifier/index.ts';
import { signToken } from './sign-token.ts';
import type { SigningKey } from './signing-keys.ts';

/** What a challenge says besides its transaction, nonce and times. */
export type ChallengeTerms = Omit<Challenge, 'transaction' | 'nonce' | 'issuedAt' | 'expiresAt'>;

/**
 * The terms of a challenge.
 *
 * @param issuer - the server's issuer URL
 * @param origin - the web origin that starts the transaction; no other may deliver it
 * @param authorities - the authorities whose certificates count
 * @param algorithms - the accepted signature algorithms
 */
export function challengeTerms(
  issuer: string,
  origin: string,
  authorities: readonly TrustedAuthority[],
  algorithms: readonly SignatureAlgorithm[],
): ChallengeTerms {
  return {
    issuer,
    origins: [origin],
    responseUri: `${issuer}${serverPaths.proofs}`,
    authorityKeyIdentifiers: authorities.flatMap(
      ({ certificate }) => certificate.subjectKeyIdentifier ?? [],
    ),
    issuerNames: authorities.map(({ certificate }) => certificate.subject.der),
    algorithms,
  };
}

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
