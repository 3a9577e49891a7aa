/** What administrators use, over the real storage; hashes cost little. */
import { silentLogger, systemRandom } from '../../../../src/core/index.ts';
import {
  createAccounts,
  createAdministratorAccess,
  createBrowserSessions,
  createFederation,
  createFederationSettings,
  createOwnAccount,
  createPasskeys,
  createPasswords,
} from '../../../../src/server/admins/index.ts';
import { createAuditLog } from '../../../../src/server/audit/index.ts';
import { createRateLimiter } from '../../../../src/server/api/index.ts';
import { sessionCookie } from '../../../../src/server/sessions/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

export const issuer = 'https://auth.example';
export const setupToken = 'the set-up token of the tests';
export const password = 'correct horse battery';

type Passwords = ReturnType<typeof createPasswords>;

/**
 * @param around - puts something of a test's own around the checking of passwords
 * @returns everything, and the storage to look into; the caller closes it
 */
export async function makeAccessRig(around = (passwords: Passwords): Passwords => passwords) {
  const storage = await openScratchStorage();
  const clock = new FakeClock();
  const random = systemRandom;
  const logger = silentLogger;
  const audit = createAuditLog(storage.audit, clock);
  const passwords = around(createPasswords(random, { logN: 4, r: 8, p: 1 }));
  const accounts = createAccounts(storage, passwords, clock, random);
  const settings = createFederationSettings(storage.settings);
  const passkeys = createPasskeys({ storage, clock, random, issuer: () => issuer });
  const failures = createRateLimiter(10, clock);
  const federation = createFederation({
    ...{ storage, settings, accounts, audit, clock, random, logger },
    cookie: sessionCookie('admin-oidc', true),
    redirectUri: () => `${issuer}/admin/oidc/callback`,
  });
  const access = createAdministratorAccess({
    ...{ storage, accounts, passwords, passkeys, federation, audit, failures, clock, logger },
    sessions: createBrowserSessions(storage, sessionCookie('admin', true), clock, random),
    setupToken,
  });
  const ownAccount = createOwnAccount({
    ...{ storage, accounts, passwords, passkeys, audit, failures, clock },
  });
  return { storage, clock, accounts, access, ownAccount, settings };
}

/** The Cookie header that a browser sends after a Set-Cookie header. */
export function cookieOf(setCookie: string): string {
  return setCookie.split(';')[0] ?? '';
}
