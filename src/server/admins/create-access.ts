/** Makes {@link AdministratorAccess} over the storage. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Logger } from '../../core/index.ts';
import type { AuditLog } from '../audit/index.ts';
import { ServerError } from '../errors.ts';
import type { Administrator, Storage } from '../storage/index.ts';
import type { AdministratorAccess, AdministratorInfo, NewSession } from './access.ts';
import { describeAdministrator, type Accounts } from './accounts.ts';
import { requireCsrfToken, type BrowserSessions } from './browser-sessions.ts';
import { AdminError } from './errors.ts';
import type { Federation } from './federation.ts';
import { lockedAfter } from './lock-out.ts';
import type { Passkeys } from './passkeys.ts';
import type { Passwords } from './passwords.ts';

/** Counts failed attempts by network address. */
export interface AttemptLimiter {
  /** @returns 0 where another attempt may be made, else after how many seconds it may */
  peek(address: string): number;
  /** As {@link peek}, and counts one. */
  take(address: string): number;
}

/** What {@link createAdministratorAccess} needs. */
export interface AccessContext {
  readonly storage: Storage;
  readonly accounts: Accounts;
  readonly sessions: BrowserSessions;
  readonly passwords: Passwords;
  readonly passkeys: Passkeys;
  readonly federation: Federation;
  readonly audit: AuditLog;
  readonly failures: AttemptLimiter;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What who sets the server up must know; undefined: nobody can by this way. */
  readonly setupToken: string | undefined;
}

/** How somebody signed in. */
type Method = 'password' | 'passkey' | 'openid' | 'setup';

/** Makes the service. */
export function createAdministratorAccess(context: AccessContext): AdministratorAccess {
  const { storage, accounts, sessions, passkeys, federation, audit, failures } = context;

  /** Makes an attempt, and counts it where it fails. */
  async function attempt<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (failures.peek(address) > 0) throw new ServerError('rate_limited');
    try {
      return await work();
    } catch (error) {
      if (error instanceof AdminError && error.code !== 'sign_in_busy') failures.take(address);
      throw error;
    }
  }

  async function open(
    administrator: AdministratorInfo,
    method: Method,
    address: string,
  ): Promise<NewSession> {
    const session = await sessions.open(administrator);
    const { id, name } = administrator;
    const after = { method };
    await audit.append({
      ...{ actor: name, via: 'console', address, action: 'session.open', target: id, after },
    });
    return session;
  }

  return {
    needsSetup: async () => (await storage.administrators.list()).length === 0,
    setUp: (token, name, password, address) =>
      attempt(address, async () => {
        requireSetupToken(context.setupToken, token);
        const passwordHash = await accounts.hashPassword(password, name);
        const first = await storage.atomically(async () => {
          const added = await accounts.addFirst({ name, role: 'admin', passwordHash });
          const { id: target, role } = added;
          const after = { name: added.name, role };
          const record = { actor: 'setup', via: 'console', address, target, after };
          await audit.append({ ...record, action: 'administrator.set_up' });
          return added;
        });
        return open(first, 'setup', address);
      }),
    signIn: (name, password, address) =>
      attempt(address, async () =>
        open(await checkPassword(context, name, password, address), 'password', address),
      ),
    beginPasskey: (address) => attempt(address, () => passkeys.beginSignIn()),
    finishPasskey: (ceremony, response, address) =>
      attempt(address, async () => {
        const administrator = await passkeys.finishSignIn(ceremony, response);
        return open(describeAdministrator(administrator), 'passkey', address);
      }),
    federationName: () => federation.name(),
    beginFederation: (address) => attempt(address, () => federation.begin()),
    finishFederation: (query, cookieHeader, address) =>
      attempt(address, async () =>
        open(await federation.finish(query, cookieHeader), 'openid', address),
      ),
    sessionOf: (cookieHeader) => sessions.find(cookieHeader),
    async signOut(signedIn, address) {
      const { id: target, name: actor } = signedIn.administrator;
      const cookie = await sessions.end(signedIn);
      await audit.append({ actor, via: 'console', address, action: 'session.end', target });
      return cookie;
    },
    requireCsrfToken,
  };
}

/** @throws AdminError `setup_token_invalid` */
function requireSetupToken(expected: string | undefined, token: string): void {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (expected !== undefined && timingSafeEqual(hash(token), hash(expected))) return;
  throw new AdminError('setup_token_invalid');
}

/**
 * Whether name, password or state of the account is wrong, the answer and its time are the same: one
 * hash is made in every case.
 */
async function checkPassword(
  context: AccessContext,
  name: string,
  password: string,
  address: string,
): Promise<AdministratorInfo> {
  const { storage, passwords, clock } = context;
  const named = await storage.administrators.findByName(name);
  const isRight = await passwords.verify(password, named?.passwordHash);
  // As it is by now: others who tried at the same time may have locked it.
  const administrator = named && (await storage.administrators.find(named.id));
  if (administrator === undefined) throw new AdminError('sign_in_failed');
  const isLocked = (administrator.lockedUntil ?? new Date(0)) > clock.now();
  const isChanged = administrator.passwordHash !== named?.passwordHash;
  if (isLocked || isChanged || administrator.disabled) throw new AdminError('sign_in_failed');
  if (!isRight) {
    await noteFailure(context, administrator, address);
    throw new AdminError('sign_in_failed');
  }
  return describeAdministrator(await forgetFailures(storage, administrator));
}

async function noteFailure(
  { storage, audit, clock, logger }: AccessContext,
  { id, name }: Administrator,
  address: string,
): Promise<void> {
  const present = await storage.administrators.find(id);
  const lockedUntil = lockedAfter((present?.failures ?? 0) + 1, clock.now());
  const failures = await storage.administrators.noteFailure(id, lockedUntil);
  if (lockedUntil === undefined) return;
  const after = { failures, lockedUntil };
  const record = { actor: name, via: 'console', address, target: id, after };
  await audit.append({ ...record, action: 'administrator.lock' });
  logger.warn('administrator locked out', { administrator: name, address, failures });
}

/** A session that others changed meanwhile keeps its count: it is forgotten with the next sign-in. */
async function forgetFailures(
  { administrators }: Storage,
  administrator: Administrator,
): Promise<Administrator> {
  if (administrator.failures === 0) return administrator;
  const version = administrator.version + 1;
  const next = { ...administrator, failures: 0, lockedUntil: undefined, version };
  return (await administrators.replace(next)) ? next : administrator;
}
