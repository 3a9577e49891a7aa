/** The signature of a challenge (RFC 7515 section 5.2). */
import { compactVerify } from 'jose/jws/compact/verify';
import type { JsonObject } from '../../core/index.ts';
import { AgentError } from '../errors.ts';
import { algorithmOf } from './key-set.ts';

/**
 * Checks a challenge's signature with one key of its server.
 *
 * @param challengeRequest - the compact JWS
 * @param key - a public JWK of the server; the algorithm is the key's, not the sender's choice
 * @throws AgentError `challenge_signature_invalid`
 */
export async function verifyChallengeSignature(
  challengeRequest: string,
  key: JsonObject,
): Promise<void> {
  try {
    // jose keeps the imported form of a JWK object, so that each key is imported once.
    await compactVerify(challengeRequest, key, { algorithms: [algorithmOf(key)] });
  } catch (cause) {
    throw new AgentError('challenge_signature_invalid', { cause });
  }
}
