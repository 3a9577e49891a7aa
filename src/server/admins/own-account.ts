/** Makes {@link OwnAccount} over the storage. */
import type { Clock } from '../../core/index.ts';
import type { AuditLog } from '../audit/index.ts';
import { ServerError } from '../errors.ts';
import type { Administrator, Storage, StoredPasskey } from '../storage/index.ts';
import type { OwnAccount, SignedIn } from './access.ts';
import { checkName, type Accounts } from './accounts.ts';
import type { AttemptLimiter } from './create-access.ts';
import { AdminError } from './errors.ts';
import type { Passkeys } from './passkeys.ts';
import type { Passwords } from './passwords.ts';
import { requireRecentSignIn } from './recent-sign-in.ts';

/** What {@link createOwnAccount} needs. */
export interface OwnAccountContext {
  readonly storage: Storage;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly passkeys: Passkeys;
  readonly audit: AuditLog;
  readonly failures: AttemptLimiter;
  readonly clock: Clock;
}

const maxPasskeys = 10;

/** Makes the service. */
export function createOwnAccount(context: OwnAccountContext): OwnAccount {
  const { storage, accounts, passwords, passkeys, failures, clock } = context;

  async function load({ administrator }: SignedIn): Promise<Administrator> {
    const found = await storage.administrators.find(administrator.id);
    if (found === undefined) throw new AdminError('administrator_unknown');
    return found;
  }

  /** Writes the account and its audit entry as one. */
  async function save(next: Administrator, record: ChangeRecord): Promise<void> {
    await storage.atomically(async () => {
      const saved = { ...next, version: next.version + 1 };
      if (!(await storage.administrators.replace(saved))) {
        throw new AdminError('administrator_changed');
      }
      const { id: target, name: actor } = next;
      await context.audit.append({ actor, via: 'console', target, ...record });
    });
  }

  const requireRecent = ({ signedInAt }: SignedIn): void => {
    requireRecentSignIn(signedInAt, clock.now());
  };

  /** Who took over a session guesses the password no faster than at the sign-in. */
  async function requirePassword(
    signedIn: SignedIn,
    { passwordHash }: Administrator,
    present: string,
    address: string,
  ): Promise<void> {
    if (passwordHash === undefined) {
      requireRecent(signedIn);
      return;
    }
    if (failures.peek(address) > 0) throw new ServerError('rate_limited');
    if (await passwords.verify(present, passwordHash)) return;
    failures.take(address);
    throw new AdminError('password_wrong');
  }

  return {
    async changePassword(signedIn, present, password, address) {
      const account = await load(signedIn);
      await requirePassword(signedIn, account, present, address);
      const { name } = account;
      const next = { ...account, passwordHash: await accounts.hashPassword(password, name) };
      await save(next, { address, action: 'administrator.change_password' });
      await storage.administratorSessions.removeAll(account.id, signedIn.session);
    },
    async beginPasskey(signedIn) {
      requireRecent(signedIn);
      return passkeys.beginRegistration(await load(signedIn));
    },
    async finishPasskey(signedIn, ceremony, name, response, address) {
      requireRecent(signedIn);
      const account = await load(signedIn);
      if (account.passkeys.length >= maxPasskeys) throw new AdminError('passkey_limit');
      const checked = checkName(name);
      const passkey = await passkeys.finishRegistration(account, ceremony, checked, response);
      if ((await storage.administrators.findByPasskey(passkey.id)) !== undefined) {
        throw new AdminError('passkey_failed');
      }
      const after = describe(passkey);
      await save(
        { ...account, passkeys: [...account.passkeys, passkey] },
        { address, action: 'administrator.add_passkey', after },
      );
      return { ...after, createdAt: passkey.createdAt, lastUsedAt: undefined };
    },
    async removePasskey(signedIn, id, address) {
      requireRecent(signedIn);
      const account = await load(signedIn);
      const passkey = account.passkeys.find((one) => one.id === id);
      if (passkey === undefined) throw new AdminError('passkey_unknown');
      const left = account.passkeys.filter((one) => one !== passkey);
      const others = account.passwordHash ?? account.federation;
      if (left.length === 0 && others === undefined) throw new AdminError('passkey_last');
      const before = describe(passkey);
      await save(
        { ...account, passkeys: left },
        { address, action: 'administrator.remove_passkey', before },
      );
    },
  };
}

interface ChangeRecord {
  readonly address: string;
  readonly action: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

function describe({ id, name }: StoredPasskey) {
  return { id, name };
}
