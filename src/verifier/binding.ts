/** That a proof answers this challenge and no other (docs/protocol.md, check "binding"). */
import { createHash } from 'node:crypto';
import {
  checkTokenTimes,
  parseChallenge,
  type Challenge,
  type DeviceProof,
} from '../protocol/index.ts';
import { VerificationError } from './errors.ts';

/**
 * Holds a proof against the challenge that its transaction was started with.
 *
 * @param proof - the proof's claims
 * @param challengeJws - the challenge as it was issued
 * @param now - the present moment
 * @returns the challenge's claims
 * @throws VerificationError `proof_*_mismatch`; ProtocolError `token_*`
 */
export function checkBinding(proof: DeviceProof, challengeJws: string, now: Date): Challenge {
  const { challenge } = parseChallenge(challengeJws);
  const hash = createHash('sha256').update(challengeJws, 'ascii').digest('base64url');
  if (proof.challengeHash !== hash) throw new VerificationError('proof_challenge_mismatch');
  if (proof.audience !== challenge.responseUri) {
    throw new VerificationError('proof_audience_mismatch');
  }
  if (proof.transaction !== challenge.transaction) {
    throw new VerificationError('proof_transaction_mismatch');
  }
  if (proof.nonce !== challenge.nonce) throw new VerificationError('proof_nonce_mismatch');
  checkTokenTimes(challenge, now);
  checkTokenTimes(proof, now);
  return challenge;
}
