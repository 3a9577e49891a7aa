/** The owner of a loopback connection by the operating system's own tables, through the addon. */
import { isIPv4 } from 'node:net';
import type { NativeAddon, NativePeerProcess } from '../../native/index.ts';
import type { ConnectionEnds, PeerOwner, PeerOwnership } from './peer-ownership.ts';
import type { NativePeerRule } from './peer-rules.ts';

/** Looks a connection up; undefined where no process is seen to hold it. */
export type FindPeerProcess = NativeAddon['findPeerProcess'];

/** Looks the client's end of a connection up. */
export class NativePeerOwnership implements PeerOwnership {
  readonly #find: FindPeerProcess;
  readonly #rule: NativePeerRule;

  /**
   * @param find - looks into the system's tables
   * @param rule - whom the agent answers
   */
  constructor(find: FindPeerProcess, rule: NativePeerRule) {
    this.#find = find;
    this.#rule = rule;
  }

  async ownerOf(connection: ConnectionEnds): Promise<PeerOwner> {
    const client = await this.#client(connection);
    return client === undefined ? 'other_user' : this.#rule(client);
  }

  /** The client may have an IPv4 socket, or an IPv6 one that speaks IPv4 through a mapped address. */
  async #client(connection: ConnectionEnds): Promise<NativePeerProcess | undefined> {
    const { localPort, remotePort } = connection;
    const forms = isIPv4(connection.remoteAddress) ? [ipv4, mapped] : [ipv6];
    for (const toBytes of forms) {
      const found = await this.#find({
        localAddress: toBytes(connection.remoteAddress),
        localPort: remotePort,
        remoteAddress: toBytes(connection.localAddress),
        remotePort: localPort,
      });
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function ipv4(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number);
}

function mapped(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff, ...ipv4(address)], 10);
  return bytes;
}

/** For the two forms that occur on loopback: `::1`, and IPv4 addresses mapped into IPv6. */
function ipv6(address: string): Uint8Array {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (inner !== undefined) return mapped(inner);
  const bytes = new Uint8Array(16);
  bytes[15] = 1;
  return bytes;
}
