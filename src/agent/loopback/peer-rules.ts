/**
 * Whose connections an agent takes. A user's agent takes its own user's alone. A machine agent proves the
 * device, not a person, so it takes those of every ordinary account, and none of an account that only
 * services have: those are where a flaw in a network service would leave an attacker.
 */
import type { NativePeerProcess } from '../../native/index.ts';
import type { PeerOwner } from './peer-ownership.ts';

/** Judges a user by the numeric id. */
export type UserIdRule = (userId: number) => PeerOwner;

/** Judges a process's user as the addon sees it. */
export type NativePeerRule = (peer: NativePeerProcess) => PeerOwner;

/** The numeric ids of people's accounts, both ends included. */
export interface UserIdRange {
  readonly first: number;
  readonly last: number;
}

/** Where login.defs(5) names no range: shadow's own defaults. */
const defaultLinuxUsers: UserIdRange = { first: 1000, last: 60_000 };

/** macOS gives people ids from 501 on; `nobody` is -2, which reads as a number beyond 2^31. */
export const macosUsers: UserIdRange = { first: 501, last: 2 ** 31 - 1 };

/** The agent's own user and nobody else. */
export function sameUserId(own: number): UserIdRule {
  return (userId) => (userId === own ? 'same_user' : 'other_user');
}

/** Every account within a range. */
export function localUserId({ first, last }: UserIdRange): UserIdRule {
  return (userId) => (userId >= first && userId <= last ? 'local_user' : 'other_user');
}

/** The agent's own user and nobody else, as the addon compares them. */
export const sameNativeUser: NativePeerRule = ({ sameUser }) =>
  sameUser ? 'same_user' : 'other_user';

/** Every account within a range, where users are numbers. */
export function localNativeUserId(range: UserIdRange): NativePeerRule {
  const rule = localUserId(range);
  return ({ user }) => (/^\d{1,10}$/.test(user) ? rule(Number(user)) : 'other_user');
}

/**
 * Every account of a person by its SID ([MS-DTYP] section 2.4.2): those of this machine and of domains
 * (S-1-5-21-…, the built-in Administrator with RID 500 and those from 1000 on) and those of Entra ID
 * (S-1-12-1-…). Not SYSTEM, LocalService, NetworkService, the virtual accounts of services, application
 * pools, window managers and virtual machines, and not Guest or other built-in accounts.
 */
export const localNativeSid: NativePeerRule = ({ user }) => {
  if (/^S-1-12-1(-\d{1,10}){4}$/.test(user)) return 'local_user';
  const rid = /^S-1-5-21(?:-\d{1,10}){3}-(\d{1,10})$/.exec(user)?.[1];
  if (rid === undefined) return 'other_user';
  return Number(rid) === 500 || Number(rid) >= 1000 ? 'local_user' : 'other_user';
};

/**
 * Reads the range of people's ids out of /etc/login.defs (login.defs(5): UID_MIN and UID_MAX).
 *
 * @param text - the file; empty where there is none
 * @returns shadow's defaults for what it does not say, or says in a way that is no number
 */
export function linuxUsers(text: string): UserIdRange {
  const valueOf = (name: string): number | undefined => {
    const value = new RegExp(`^[ \\t]*${name}[ \\t]+(\\d{1,10})[ \\t]*$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  // Ids below 1 are root's: no file makes root an ordinary user.
  return {
    first: Math.max(1, valueOf('UID_MIN') ?? defaultLinuxUsers.first),
    last: valueOf('UID_MAX') ?? defaultLinuxUsers.last,
  };
}
