/**
 * Who has come by a session that was left open must not be able to make a way in of it that stays: what
 * lets anybody sign in is changed soon after a sign-in only.
 */
import { AdminError } from './errors.ts';

const recentTime = 10 * 60_000;

/**
 * Whether a sign-in is recent enough for such changes. Another process, whose clock is a little ahead,
 * may have opened the session.
 */
export function isRecentSignIn(signedInAt: Date, now: Date): boolean {
  return Math.abs(now.getTime() - signedInAt.getTime()) < recentTime;
}

/** @throws AdminError `sign_in_old` */
export function requireRecentSignIn(signedInAt: Date, now: Date): void {
  if (!isRecentSignIn(signedInAt, now)) throw new AdminError('sign_in_old');
}
