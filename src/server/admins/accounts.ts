/** Administrators' accounts: made, changed and removed. What is audited is the caller's business. */
import { randomUuid, type Clock, type RandomSource } from '../../core/index.ts';
import type { Administrator, AdministratorRole, Storage } from '../storage/index.ts';
import type { AdministratorInfo } from './access.ts';
import { AdminError } from './errors.ts';
import { requireSuitablePassword, type Passwords } from './passwords.ts';

/** What an account is made of; its password is hashed already. */
export interface NewAccount {
  readonly name: string;
  readonly role: AdministratorRole;
  readonly passwordHash?: string | undefined;
  readonly federation?: Administrator['federation'];
}

/** The accounts of a server. */
export interface Accounts {
  list(): Promise<readonly AdministratorInfo[]>;
  /** @throws AdminError `administrator_unknown` */
  find(id: string): Promise<AdministratorInfo>;
  /** @throws AdminError `administrator_unknown` */
  findByName(name: string): Promise<AdministratorInfo>;
  /** @throws AdminError `password_unsuitable`, `sign_in_busy` */
  hashPassword(password: string, name: string): Promise<string>;
  /** @throws AdminError `administrator_invalid`, `administrator_name_taken` */
  add(account: NewAccount): Promise<AdministratorInfo>;
  /** Adds the first one. @throws AdminError `administrator_invalid`, `setup_done` */
  addFirst(account: NewAccount): Promise<AdministratorInfo>;
  /**
   * Changes role or disables, and ends the sessions.
   *
   * @throws AdminError `administrator_unknown`, `administrator_invalid`, `administrator_changed`,
   *   `administrator_last`
   */
  change(
    id: string,
    version: number,
    changes: {
      readonly role?: AdministratorRole | undefined;
      readonly disabled?: boolean | undefined;
    },
  ): Promise<AdministratorInfo>;
  /**
   * Sets a password, ends lock-out and sessions.
   *
   * @throws AdminError `administrator_unknown`, `administrator_changed`
   */
  setPassword(id: string, passwordHash: string): Promise<AdministratorInfo>;
  /** @throws AdminError `administrator_unknown`, `administrator_last` */
  remove(id: string): Promise<AdministratorInfo>;
}

const maxNameLength = 100;

/** Makes the service. */
export function createAccounts(
  storage: Pick<Storage, 'administrators' | 'administratorSessions'>,
  passwords: Passwords,
  clock: Clock,
  random: RandomSource,
): Accounts {
  const { administrators, administratorSessions } = storage;

  const found = (administrator: Administrator | undefined): Administrator => {
    if (administrator === undefined) throw new AdminError('administrator_unknown');
    return administrator;
  };
  const load = async (id: string): Promise<Administrator> => found(await administrators.find(id));

  const make = ({ name, role, passwordHash, federation }: NewAccount): Administrator => ({
    ...{ id: randomUuid(random), name: checkName(name), role: checkRole(role) },
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(federation === undefined ? {} : { federation }),
    ...{ passkeys: [], disabled: false, failures: 0, createdAt: clock.now(), version: 1 },
  });

  async function replace(administrator: Administrator): Promise<AdministratorInfo> {
    const next = { ...administrator, version: administrator.version + 1 };
    if (!(await administrators.replace(next))) {
      const present = await load(administrator.id);
      const isStale = present.version !== administrator.version;
      throw new AdminError(isStale ? 'administrator_changed' : 'administrator_last');
    }
    await administratorSessions.removeAll(administrator.id);
    return describeAdministrator(next);
  }

  return {
    list: async () => (await administrators.list()).map(describeAdministrator),
    find: async (id) => describeAdministrator(await load(id)),
    findByName: async (name) => describeAdministrator(found(await administrators.findByName(name))),
    async hashPassword(password, name) {
      requireSuitablePassword(password, name);
      return passwords.hash(password);
    },
    async add(account) {
      const administrator = make(account);
      if (await administrators.add(administrator)) return describeAdministrator(administrator);
      throw new AdminError('administrator_name_taken');
    },
    async addFirst(account) {
      const administrator = make(account);
      if (await administrators.addFirst(administrator)) return describeAdministrator(administrator);
      throw new AdminError('setup_done');
    },
    async change(id, version, { role, disabled }) {
      const present = await load(id);
      if (present.version !== version) throw new AdminError('administrator_changed');
      return replace({
        ...present,
        role: role === undefined ? present.role : checkRole(role),
        disabled: disabled ?? present.disabled,
      });
    },
    async setPassword(id, passwordHash) {
      return replace({ ...(await load(id)), passwordHash, failures: 0, lockedUntil: undefined });
    },
    async remove(id) {
      const present = await load(id);
      if (!(await administrators.remove(id))) {
        await load(id);
        throw new AdminError('administrator_last');
      }
      return describeAdministrator(present);
    },
  };
}

/** @returns an administrator as people see them */
export function describeAdministrator(administrator: Administrator): AdministratorInfo {
  const { id, name, role, federation, disabled, lockedUntil, createdAt, version } = administrator;
  return {
    ...{ id, name, role, federation, disabled, lockedUntil, createdAt, version },
    hasPassword: administrator.passwordHash !== undefined,
    passkeys: administrator.passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      ...{ id, name, createdAt, lastUsedAt },
    })),
  };
}

/** @throws AdminError `administrator_invalid` */
export function checkName(value: string): string {
  const name = value.normalize('NFKC').trim();
  if (name !== '' && name.length <= maxNameLength && !/\p{C}/u.test(name)) return name;
  const message = `A name has 1 to ${maxNameLength} characters, none of them a control character.`;
  throw new AdminError('administrator_invalid', { message });
}

/** Roles come from outside, whatever their type says. */
function checkRole(role: AdministratorRole): AdministratorRole {
  const known = (['admin', 'auditor'] as const).find((one) => one === role);
  if (known !== undefined) return known;
  throw new AdminError('administrator_invalid', { message: 'A role is admin or auditor.' });
}
