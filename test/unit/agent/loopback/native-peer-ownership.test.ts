import { describe, expect, it } from 'vitest';
import {
  NativePeerOwnership,
  type FindPeerProcess,
} from '../../../../src/agent/loopback/native-peer-ownership.ts';
import { sameNativeUser } from '../../../../src/agent/loopback/peer-rules.ts';

const connection = {
  localAddress: '127.0.0.1',
  localPort: 21861,
  remoteAddress: '127.0.0.1',
  remotePort: 50000,
};
const ours = { pid: 7, user: 'S-1-5-21-1', sameUser: true };

describe('whose a connection is, by the addon', () => {
  it.each([
    ['our own user', ours, 'same_user'],
    ['another user', { pid: 7, user: 'S-1-5-21-2', sameUser: false }, 'other_user'],
    ['a user that is not seen', { pid: 7, user: '', sameUser: false }, 'other_user'],
    ['nobody that is seen', undefined, 'other_user'],
  ] as const)('takes %s for what it is', async (_who, found, owner) => {
    const ownership = new NativePeerOwnership(() => Promise.resolve(found), sameNativeUser);
    expect(await ownership.ownerOf(connection)).toBe(owner);
  });

  it('asks for the client’s end, with an IPv4 socket first and then with an IPv6 one', async () => {
    const asked: Parameters<FindPeerProcess>[0][] = [];
    const ownership = new NativePeerOwnership((wanted) => {
      asked.push(wanted);
      return Promise.resolve(asked.length === 2 ? ours : undefined);
    }, sameNativeUser);
    expect(await ownership.ownerOf(connection)).toBe('same_user');
    const mapped = Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, 127, 0, 0, 1);
    const ports = { localPort: 50000, remotePort: 21861 };
    expect(asked).toEqual([
      {
        ...ports,
        localAddress: Uint8Array.of(127, 0, 0, 1),
        remoteAddress: Uint8Array.of(127, 0, 0, 1),
      },
      { ...ports, localAddress: mapped, remoteAddress: mapped },
    ]);
  });

  it.each([
    ['::1', [...Array<number>(15).fill(0), 1]],
    ['::ffff:127.0.0.1', [...Array<number>(10).fill(0), 0xff, 0xff, 127, 0, 0, 1]],
  ])('asks for %s as an IPv6 address', async (address, bytes) => {
    const asked: Parameters<FindPeerProcess>[0][] = [];
    const ownership = new NativePeerOwnership((wanted) => {
      asked.push(wanted);
      return Promise.resolve(ours);
    }, sameNativeUser);
    await ownership.ownerOf({ ...connection, localAddress: address, remoteAddress: address });
    expect([...(asked[0]?.localAddress ?? [])]).toEqual(bytes);
  });

  it('passes a failure of the lookup on', async () => {
    const ownership = new NativePeerOwnership(
      () => Promise.reject(new Error('no table')),
      sameNativeUser,
    );
    await expect(ownership.ownerOf(connection)).rejects.toThrow('no table');
  });
});
