/**
 * When a signing key is published and when it signs (docs/deploy/server.md, "Signing keys"). Pure.
 *
 * A new key is published before it signs, so that whoever has cached the key set knows it in time;
 * an old one stays published until nothing that it signed can be alive.
 */
import { protocolLimits } from '../../protocol/index.ts';
import type { StoredSigningKey } from '../storage/index.ts';

/** For how long agents may cache the key set, in seconds. */
export const keySetMaxAge = 300;

/** From publishing a key to signing with it, in seconds: every cached key set has run out by then. */
export const keyLeadTime = 2 * keySetMaxAge;

/** From a key's last challenge to the end of its publication, in seconds. */
export const keyLagTime = protocolLimits.lifetimeSeconds + 2 * protocolLimits.clockSkewSeconds;

/**
 * @param keys - by the time from which they sign, oldest first
 * @returns the youngest key that signs at a moment; the oldest where none does (a clock that was set
 *   back); undefined where there is no key
 */
export function signingKeyAt(
  keys: readonly StoredSigningKey[],
  now: Date,
): StoredSigningKey | undefined {
  return keys.findLast(({ signsFrom }) => signsFrom <= now) ?? keys[0];
}

/**
 * @param keys - by the time from which they sign, oldest first
 * @param lagTime - from a key's last signature to the end of its publication, in seconds
 * @returns the keys that nobody can need any more
 */
export function retiredKeys(
  keys: readonly StoredSigningKey[],
  now: Date,
  lagTime: number = keyLagTime,
): readonly StoredSigningKey[] {
  return keys.filter((_, index) => {
    const successor = keys[index + 1];
    return (
      successor !== undefined && successor.signsFrom.getTime() + lagTime * 1000 <= now.getTime()
    );
  });
}
