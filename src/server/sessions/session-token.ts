/** Session cookies: 256 random bits in the browser, their SHA-256 in the storage. */
import { createHash } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url, type RandomSource } from '../../core/index.ts';

const tokenBytes = 32;

/** Makes the value of a new session cookie: base64url of 256 random bits. */
export function makeSessionToken(random: RandomSource): string {
  return encodeBase64Url(random.bytes(tokenBytes));
}

/**
 * The name under which a session is stored: who reads the storage cannot take over a session.
 *
 * @param token - a cookie's value, whatever it holds
 * @returns base64url of its SHA-256; undefined where it is no token of ours
 */
export function hashSessionToken(token: string | undefined): string | undefined {
  if (token === undefined || token.length > 64) return undefined;
  if (decodeBase64Url(token)?.length !== tokenBytes) return undefined;
  return createHash('sha256').update(token, 'ascii').digest('base64url');
}
