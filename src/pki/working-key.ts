/** working_public_key and its parameters (RFC 5280 sections 6.1.3 and 6.1.4 (d) to (f)). */
import { concatBytes } from '../core/index.ts';
import { parametersAbsentOrNull } from './algorithm-identifier.ts';
import { encodeElement } from './der-writer.ts';
import { tags } from './der-tags.ts';
import { DerReader } from './der.ts';
import { parsePublicKey, type PublicKey } from './public-key.ts';

/**
 * Completes a DSA key that leaves its parameters to its issuer's key. No other kind of key may leave
 * them out.
 *
 * @param key - the certificate's own key
 * @param issuerKey - the key that signed the certificate, complete
 * @returns the key to verify with
 */
export function inheritParameters(key: PublicKey, issuerKey: PublicKey): PublicKey {
  if (key.kind !== 'dsa' || issuerKey.kind !== 'dsa' || !parametersAbsentOrNull(key.algorithm)) {
    return key;
  }
  const spki = new DerReader(key.der).read(tags.sequence);
  spki.skip();
  return parsePublicKey(
    encodeElement(tags.sequence, concatBytes(issuerKey.algorithm.der, spki.rest())),
  );
}
