/** The signature of a challenge (RFC 7515 section 5.2). */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../core/index.ts';
import type { CompactJws } from '../../protocol/index.ts';
import { AgentError } from '../errors.ts';
import { algorithmOf } from './key-set.ts';

/**
 * Checks a challenge's signature with one key of its server: over the very bytes that were read.
 *
 * @param jws - the challenge, taken apart
 * @param key - a public JWK of the server; the algorithm is the key's, not the sender's choice
 * @throws AgentError `challenge_signature_invalid`, or `server_keys_invalid` where the JWK holds no key
 */
export function verifyChallengeSignature(jws: CompactJws, key: JsonObject): void {
  const algorithm = algorithmOf(key);
  // RFC 7518 section 3.4: r and s side by side, of fixed width. RFC 8037 section 3.1: EdDSA as it is.
  const [hash, encoding] =
    algorithm === 'ES256' ? (['sha256', 'ieee-p1363'] as const) : ([null, undefined] as const);
  const publicKey = { key: imported(key), ...(encoding && { dsaEncoding: encoding }) };
  if (
    jws.header['alg'] !== algorithm ||
    !verify(hash, jws.signingInput, publicKey, jws.signature)
  ) {
    throw new AgentError('challenge_signature_invalid');
  }
}

const importedKeys = new WeakMap<JsonObject, KeyObject>();

function imported(jwk: JsonObject): KeyObject {
  let key = importedKeys.get(jwk);
  if (key === undefined) {
    try {
      key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    } catch (cause) {
      throw new AgentError('server_keys_invalid', { cause });
    }
    importedKeys.set(jwk, key);
  }
  return key;
}
