import { describe, expect, it } from 'vitest';
import { LinuxPeerOwnership, sameUserId } from '../../../../src/agent/index.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const ipv4 = {
  localAddress: '127.0.0.1',
  localPort: 21861,
  remoteAddress: '127.0.0.1',
  remotePort: 40000,
};
const ipv6 = { ...ipv4, localAddress: '::1', remoteAddress: '::1' };

function line(client: string, agent: string, uid: number, inode: number, state = '01'): string {
  return `   3: ${client} ${agent} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 20 4 30 10 -1\n`;
}

const client4 = line('0100007F:9C40', '0100007F:5565', 1000, 77);
const client6 = line(
  '00000000000000000000000001000000:9C40',
  '00000000000000000000000001000000:5565',
  1000,
  77,
);
const mapped = line(
  '0000000000000000FFFF00000100007F:9C40',
  '0000000000000000FFFF00000100007F:5565',
  1000,
  77,
);

function ownership(userId: number, tcp: string, tcp6 = ''): LinuxPeerOwnership {
  return new LinuxPeerOwnership(sameUserId(userId), (path) =>
    Promise.resolve(head + (path.endsWith('6') ? tcp6 : tcp)),
  );
}

describe('LinuxPeerOwnership', () => {
  it.each([
    ['IPv4', ipv4, client4, ''],
    ['IPv6', ipv6, '', client6],
    ['IPv4 from an IPv6 socket', ipv4, '', mapped],
  ])('tells the own user’s connection from another’s: %s', async (_, connection, tcp, tcp6) => {
    expect(await ownership(1000, tcp, tcp6).ownerOf(connection)).toBe('same_user');
    expect(await ownership(1001, tcp, tcp6).ownerOf(connection)).toBe('other_user');
  });

  it('is not misled by the agent’s own end of the connection', async () => {
    const agentEnd = line('0100007F:5565', '0100007F:9C40', 1000, 78);
    const clientEnd = line('0100007F:9C40', '0100007F:5565', 1001, 77);
    expect(await ownership(1000, agentEnd + clientEnd).ownerOf(ipv4)).toBe('other_user');
  });

  it('does not take an end that no process holds for root’s', async () => {
    const orphan = line('0100007F:9C40', '0100007F:5565', 0, 0);
    expect(await ownership(0, orphan).ownerOf(ipv4)).toBe('other_user');
  });

  it('counts only established connections: the port may have had another user before', async () => {
    const waiting = line('0100007F:9C40', '0100007F:5565', 1000, 77, '06');
    expect(await ownership(1000, waiting).ownerOf(ipv4)).toBe('other_user');
  });

  it('takes a connection that it cannot find for another user’s', async () => {
    expect(await ownership(1000, '').ownerOf(ipv4)).toBe('other_user');
  });

  it('takes it for another user’s where the tables cannot be read', async () => {
    const unreadable = new LinuxPeerOwnership(sameUserId(1000), () =>
      Promise.reject(new Error('EACCES')),
    );
    expect(await unreadable.ownerOf(ipv4)).toBe('other_user');
  });
});
