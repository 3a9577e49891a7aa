/** The owner of a loopback connection by Linux's tables of sockets, /proc/net/tcp and tcp6 (proc(5)). */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';
import type { ConnectionEnds, PeerOwner, PeerOwnership } from './peer-ownership.ts';
import type { UserIdRule } from './peer-rules.ts';

/** Reads one of the kernel's tables as text. */
export type ReadTable = (path: string) => Promise<string>;

const tables = { tcp: '/proc/net/tcp', tcp6: '/proc/net/tcp6' } as const;
const established = '01';

/** Looks the client's end of a connection up. */
export class LinuxPeerOwnership implements PeerOwnership {
  readonly #rule: UserIdRule;
  readonly #readTable: ReadTable;

  /**
   * @param rule - whom the agent answers
   * @param readTable - reads the tables; the real ones unless told
   */
  constructor(rule: UserIdRule, readTable: ReadTable = (path) => readFile(path, 'latin1')) {
    this.#rule = rule;
    this.#readTable = readTable;
  }

  async ownerOf(connection: ConnectionEnds): Promise<PeerOwner> {
    const owner = await this.#clientUserId(connection);
    return owner === undefined ? 'other_user' : this.#rule(owner);
  }

  /** The client may have an IPv4 socket, or an IPv6 one that speaks IPv4 through a mapped address. */
  async #clientUserId(connection: ConnectionEnds): Promise<number | undefined> {
    const forms = isIPv4(connection.remoteAddress)
      ? ([
          [tables.tcp, ipv4Hex],
          [tables.tcp6, (address: string) => ipv6Hex(`::ffff:${address}`)],
        ] as const)
      : ([[tables.tcp6, ipv6Hex]] as const);
    for (const [table, encode] of forms) {
      const client = `${encode(connection.remoteAddress)}:${portHex(connection.remotePort)}`;
      const agent = `${encode(connection.localAddress)}:${portHex(connection.localPort)}`;
      const owner = findOwner(await this.#readTable(table).catch(() => ''), client, agent);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}

/**
 * Finds the user of an established connection's client end. An end that no process holds any more
 * (inode 0) is listed as root's whoever opened it, so it counts as nobody's.
 */
function findOwner(table: string, client: string, agent: string): number | undefined {
  const position = table.indexOf(`: ${client} ${agent} ${established} `);
  if (position === -1) return undefined;
  const line = table.slice(position + 2, table.indexOf('\n', position));
  const [, , , , , , userId = '', , inode = '0'] = line.trim().split(/\s+/);
  return inode === '0' || !/^\d+$/.test(userId) ? undefined : Number(userId);
}

function portHex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function ipv4Hex(address: string): string {
  return wordsHex(Uint8Array.from(address.split('.'), Number));
}

/** For the two forms that occur on loopback: `::1`, and IPv4 addresses mapped into IPv6. */
function ipv6Hex(address: string): string {
  const bytes = new Uint8Array(16);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped === undefined) bytes[15] = 1;
  else bytes.set([0xff, 0xff, ...mapped.split('.').map(Number)], 10);
  return wordsHex(bytes);
}

/** The kernel prints addresses as 32-bit words in the machine's byte order. */
function wordsHex(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer);
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const word = view.getUint32(offset, endianness() === 'LE');
    text += word.toString(16).toUpperCase().padStart(8, '0');
  }
  return text;
}
