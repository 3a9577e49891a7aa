import { describe, expect, it } from 'vitest';
import {
  linuxUsers,
  localNativeSid,
  localNativeUserId,
  localUserId,
  macosUsers,
  sameNativeUser,
  sameUserId,
} from '../../../../src/agent/loopback/peer-rules.ts';

const peer = (user: string, sameUser = false) => ({ pid: 7, user, sameUser });

describe('whom an agent answers', () => {
  it('is its own user alone where it is a user’s', () => {
    expect(sameUserId(1000)(1000)).toBe('same_user');
    expect(sameUserId(1000)(1001)).toBe('other_user');
    expect(sameNativeUser(peer('', false))).toBe('other_user');
    expect(sameNativeUser(peer('S-1-5-21-1-2-3-1001', true))).toBe('same_user');
  });

  it.each([
    [0, 'other_user'],
    [33, 'other_user'],
    [999, 'other_user'],
    [1000, 'local_user'],
    [60_000, 'local_user'],
    [60_001, 'other_user'],
    [65_534, 'other_user'],
  ])('is every person of a Linux machine, where it is the machine’s: uid %i', (userId, owner) => {
    expect(localUserId(linuxUsers(''))(userId)).toBe(owner);
  });

  it.each([
    ['0', 'other_user'],
    ['88', 'other_user'],
    ['500', 'other_user'],
    ['501', 'local_user'],
    ['4294967294', 'other_user'],
    ['', 'other_user'],
    ['501x', 'other_user'],
  ])('is every person of a Mac: uid %s', (user, owner) => {
    expect(localNativeUserId(macosUsers)(peer(user))).toBe(owner);
  });

  it.each([
    ['a local or domain account', 'S-1-5-21-1004336348-1177238915-682003330-1001', 'local_user'],
    ['the built-in Administrator', 'S-1-5-21-1004336348-1177238915-682003330-500', 'local_user'],
    ['an Entra ID account', 'S-1-12-1-4294967295-1-2-3', 'local_user'],
    ['Guest', 'S-1-5-21-1004336348-1177238915-682003330-501', 'other_user'],
    ['SYSTEM', 'S-1-5-18', 'other_user'],
    ['LocalService', 'S-1-5-19', 'other_user'],
    ['NetworkService', 'S-1-5-20', 'other_user'],
    ['a service’s virtual account', 'S-1-5-80-1-2-3-4-5', 'other_user'],
    ['an application pool', 'S-1-5-82-1-2-3-4-5', 'other_user'],
    ['a window manager', 'S-1-5-90-0-1', 'other_user'],
    ['a user that is not seen', '', 'other_user'],
    ['something longer', 'S-1-5-21-1-2-3-1001-1', 'other_user'],
  ])('is every person of a Windows machine: %s', (_who, user, owner) => {
    expect(localNativeSid(peer(user))).toBe(owner);
  });
});

describe('linuxUsers', () => {
  it('reads the range that the distribution has set', () => {
    const text = '# UID_MIN 1\n\nUID_MIN\t\t  500\nUID_MAX 2000200000\nSYS_UID_MIN 101\n';
    expect(linuxUsers(text)).toEqual({ first: 500, last: 2_000_200_000 });
  });

  it('keeps to shadow’s defaults where a value is missing or no number, and never takes root in', () => {
    expect(linuxUsers('UID_MIN many\n')).toEqual({ first: 1000, last: 60_000 });
    expect(linuxUsers('UID_MIN 0\n')).toEqual({ first: 1, last: 60_000 });
  });
});
