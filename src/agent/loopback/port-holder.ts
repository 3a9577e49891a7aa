/** Who holds a TCP port, as far as Linux's /proc tells this user (proc(5)). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The holder of a port. */
export interface PortHolder {
  readonly userId: number;
  /** Only where the process is this user's own. */
  readonly process?: { readonly id: number; readonly name: string };
}

const listening = '0A';

/**
 * Looks for the process that listens on a port.
 *
 * @param port - TCP, either family
 * @returns undefined where nothing listens there, or where there is no /proc
 */
export function portHolder(port: number): PortHolder | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readOr(table, '').split('\n')) {
      const [, local = '', , state, , , , userId = '', , inode = ''] = line.trim().split(/\s+/);
      if (!local.endsWith(`:${hex}`) || state !== listening) continue;
      const process = processOf(inode);
      return { userId: Number(userId), ...(process === undefined ? {} : { process }) };
    }
  }
  return undefined;
}

function processOf(inode: string): PortHolder['process'] {
  for (const id of list('/proc').filter((name) => /^\d+$/.test(name))) {
    const descriptors = list(`/proc/${id}/fd`);
    if (descriptors.some((fd) => linkOf(`/proc/${id}/fd/${fd}`) === `socket:[${inode}]`)) {
      return { id: Number(id), name: readOr(`/proc/${id}/comm`, 'unknown').trim() };
    }
  }
  return undefined;
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return fallback;
  }
}
