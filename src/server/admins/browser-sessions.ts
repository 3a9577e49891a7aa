/** Sessions of administrators' browsers: 30 minutes without a request, 12 hours at most. */
import { timingSafeEqual } from 'node:crypto';
import { encodeBase64Url, type Clock, type RandomSource } from '../../core/index.ts';
import { hashSessionToken, makeSessionToken, type SessionCookie } from '../sessions/index.ts';
import type { Storage } from '../storage/index.ts';
import type { AdministratorInfo, NewSession, SignedIn } from './access.ts';
import { describeAdministrator } from './accounts.ts';
import { AdminError } from './errors.ts';

const minute = 60_000;

/** How long a session lives without a request, in milliseconds. */
export const idleTime = 30 * minute;

/** How long it lives whatever happens, in milliseconds. */
export const longestTime = 12 * 60 * minute;

/** How often its use is written down, in milliseconds. */
const touchInterval = minute;

const csrfTokenBytes = 32;

/** See the head of this file. */
export interface BrowserSessions {
  /** Opens one under a name that no request has carried before. */
  open(administrator: AdministratorInfo): Promise<NewSession>;
  find(cookieHeader: string | undefined): Promise<SignedIn | undefined>;
  /** @returns Set-Cookie header that deletes the cookie */
  end(signedIn: SignedIn): Promise<string>;
}

/** Makes the service. */
export function createBrowserSessions(
  storage: Pick<Storage, 'administrators' | 'administratorSessions'>,
  cookie: SessionCookie,
  clock: Clock,
  random: RandomSource,
): BrowserSessions {
  const sessions = storage.administratorSessions;

  async function findAlive(id: string) {
    const session = await sessions.find(id);
    if (session === undefined) return undefined;
    const now = clock.now();
    const idleUntil = session.lastSeenAt.getTime() + idleTime;
    if (Math.min(session.expiresAt.getTime(), idleUntil) > now.getTime()) return { session, now };
    await sessions.remove(id);
    return undefined;
  }

  return {
    async open(administrator) {
      const token = makeSessionToken(random);
      const now = clock.now();
      const csrfToken = encodeBase64Url(random.bytes(csrfTokenBytes));
      const session = hashSessionToken(token) ?? '';
      await sessions.add({
        ...{ id: session, administrator: administrator.id, csrfToken },
        ...{ createdAt: now, lastSeenAt: now, expiresAt: new Date(now.getTime() + longestTime) },
      });
      const signedIn = { administrator, csrfToken, session, signedInAt: now };
      return { signedIn, setCookie: cookie.set(token) };
    },
    async find(cookieHeader) {
      const id = hashSessionToken(cookie.read(cookieHeader));
      const alive = id === undefined ? undefined : await findAlive(id);
      if (alive === undefined) return undefined;
      const { session, now } = alive;
      const administrator = await storage.administrators.find(session.administrator);
      if (administrator === undefined || administrator.disabled) return undefined;
      // A clock that was set back must not leave a session that is idle for longer.
      if (Math.abs(now.getTime() - session.lastSeenAt.getTime()) >= touchInterval) {
        await sessions.touch(session.id, now);
      }
      return {
        administrator: describeAdministrator(administrator),
        csrfToken: session.csrfToken,
        session: session.id,
        signedInAt: session.createdAt,
      };
    },
    async end({ session }) {
      await sessions.remove(session);
      return cookie.clear();
    },
  };
}

/** @throws AdminError `csrf_token_invalid` */
export function requireCsrfToken({ csrfToken }: SignedIn, token: string | undefined): void {
  const [expected, given] = [Buffer.from(csrfToken), Buffer.from(token ?? '')];
  if (expected.length === given.length && timingSafeEqual(expected, given)) return;
  throw new AdminError('csrf_token_invalid');
}
