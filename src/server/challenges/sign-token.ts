/** Signs what this server says: compact JWS with ES256 (RFC 7515 section 5.1, RFC 7518 section 3.4). */
import { sign } from 'node:crypto';
import { utf8, type JsonObject } from '../../core/index.ts';
import { encodeCompactJws, encodeSigningInput } from '../../protocol/index.ts';
import { signingAlgorithm } from './key-kind.ts';
import type { SigningKey } from './signing-keys.ts';

/**
 * Signs claims. At once: Web Crypto takes three times as long on its way through a thread.
 *
 * @param type - `typ`, which keeps one kind of token from being taken for another (RFC 8725 section 3.11)
 * @returns the compact JWS
 */
export function signToken(type: string, claims: JsonObject, key: SigningKey): string {
  const header = { alg: signingAlgorithm, typ: type, kid: key.id };
  const signingInput = encodeSigningInput(header, claims);
  const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return encodeCompactJws(signingInput, sign('sha256', utf8(signingInput), options));
}
