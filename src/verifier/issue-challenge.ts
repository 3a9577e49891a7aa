/** Challenges for those who have a server of their own (docs/verifier.md). */
import { sign, type KeyObject } from 'node:crypto';
import {
  encodeBase64Url,
  signatureAlgorithms,
  systemRandom,
  utf8,
  type RandomSource,
  type SignatureAlgorithm,
} from '../core/index.ts';
import {
  challengeClaims,
  challengeType,
  encodeCompactJws,
  encodeSigningInput,
  nonceBytes,
  protocolLimits,
} from '../protocol/index.ts';
import { challengeTerms, type ChallengeTermsOptions } from './challenge-terms.ts';

/** What {@link issueChallenge} takes. */
export interface ChallengeOptions extends Omit<ChallengeTermsOptions, 'algorithms'> {
  /** A P-256 private key whose public part agents find under this id in the server's JWK set. */
  readonly key: { readonly id: string; readonly privateKey: KeyObject };
  readonly now: Date;
  /** How long the challenge counts, in seconds: 120 at most, and unless told. */
  readonly lifetimeSeconds?: number | undefined;
  /** Accepted signature algorithms, the preferred one first; all of the protocol's unless told. */
  readonly algorithms?: readonly SignatureAlgorithm[] | undefined;
  readonly random?: RandomSource | undefined;
}

/** A challenge, and what a ledger has to know of it. */
export interface IssuedChallenge {
  readonly transaction: string;
  readonly nonce: string;
  readonly expiresAt: Date;
  /** The challenge, a compact JWS: what the page hands to the agent. */
  readonly challengeRequest: string;
}

const transactionBytes = 16;

/**
 * Issues a challenge (docs/protocol.md, "Challenge"), signed with ES256 (RFC 7518 section 3.4).
 *
 * @returns the challenge; put it into the ledger before the page gets it
 */
export function issueChallenge(options: ChallengeOptions): IssuedChallenge {
  const { key, now, algorithms = signatureAlgorithms, random = systemRandom } = options;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const expiresAt = issuedAt + (options.lifetimeSeconds ?? protocolLimits.lifetimeSeconds);
  const transaction = encodeBase64Url(random.bytes(transactionBytes));
  const nonce = encodeBase64Url(random.bytes(nonceBytes));
  const terms = challengeTerms({ ...options, algorithms });
  const signingInput = encodeSigningInput(
    { alg: 'ES256', typ: challengeType, kid: key.id },
    challengeClaims({ ...terms, transaction, nonce, issuedAt, expiresAt }),
  );
  const signature = sign('sha256', utf8(signingInput), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return {
    transaction,
    nonce,
    expiresAt: new Date(expiresAt * 1000),
    challengeRequest: encodeCompactJws(signingInput, signature),
  };
}
