/** JWK sets (RFC 7517 section 5) of servers, reduced to the keys that can have signed a challenge. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';

const maxKeys = 32;

/**
 * The usable keys of a JWK set: public, for signatures, of a kind that challenges are signed with,
 * and with a name. Keys of other kinds are passed over (RFC 7517 section 5).
 *
 * @returns undefined where this is no JWK set, where none of its keys can be used, or where it gives
 *   away a private key
 */
export function publicKeysOf(set: JsonValue): readonly JsonObject[] | undefined {
  const keys = isJsonObject(set) ? set['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length > maxKeys) return undefined;
  const objects = (keys as readonly JsonValue[]).filter(isJsonObject);
  if (objects.length !== keys.length || objects.some((key) => 'd' in key || 'k' in key)) {
    return undefined;
  }
  const usable = objects.filter(isUsable);
  return usable.length === 0 ? undefined : usable;
}

/** The JWS algorithm a usable key signs with. */
export function algorithmOf(key: JsonObject): 'ES256' | 'EdDSA' {
  return key['kty'] === 'EC' ? 'ES256' : 'EdDSA';
}

function isUsable(key: JsonObject): boolean {
  if (typeof key['kid'] !== 'string' || (key['use'] ?? 'sig') !== 'sig') return false;
  const known =
    (key['kty'] === 'EC' && key['crv'] === 'P-256') ||
    (key['kty'] === 'OKP' && key['crv'] === 'Ed25519');
  return known && (key['alg'] ?? algorithmOf(key)) === algorithmOf(key);
}
