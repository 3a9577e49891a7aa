/** Freshness of tokens (RFC 7519 sections 4.1.4 and 4.1.6). */
import { ProtocolError } from './errors.ts';
import { protocolLimits } from './limits.ts';

/** The times every token of this protocol carries, in seconds since 1970. */
export interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Checks that a token is fresh.
 *
 * @param token - its `iat` and `exp`
 * @param now - the present moment by the reader's clock
 * @throws ProtocolError `token_lifetime_too_long`, `token_not_yet_valid` or `token_expired`
 */
export function checkTokenTimes(token: TokenTimes, now: Date): void {
  const seconds = now.getTime() / 1000;
  const lifetime = token.expiresAt - token.issuedAt;
  if (lifetime <= 0 || lifetime > protocolLimits.lifetimeSeconds) {
    throw new ProtocolError('token_lifetime_too_long', {
      message: `The token must live for 1 to ${protocolLimits.lifetimeSeconds} seconds, not ${lifetime}.`,
    });
  }
  if (token.issuedAt > seconds + protocolLimits.clockSkewSeconds) {
    throw new ProtocolError('token_not_yet_valid');
  }
  if (token.expiresAt <= seconds - protocolLimits.clockSkewSeconds) {
    throw new ProtocolError('token_expired');
  }
}
