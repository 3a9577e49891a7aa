/**
 * Makes a user's agent the only one where control sockets are files. Of several that start at once over
 * what a dead one left behind, each sees the same stale socket, and whoever removes it by its name may
 * remove another's new one. So they agree on a directory beside it that holds one name: the holder's,
 * which nobody else ever has.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { isAnswering, listenOn } from './socket.ts';

/** The lock, held until it is released or the process ends. */
export interface InstanceLock {
  release(): void;
}

/**
 * Takes the lock. Its steps, each of which the file system does for one process at a time:
 *
 * 1. a directory of one's own, with a socket in it that answers already, is renamed to the lock's name,
 *    which fails where that has anything in it;
 * 2. where it has, and its socket answers, there is a holder;
 * 3. else the holder is dead: that very socket is removed by its own name, which does nothing to one
 *    who came in between, and the steps begin again.
 *
 * @param socketPath - of the control socket, in a directory that only this user can enter
 * @returns undefined where another process holds it
 * @throws the system's error where the directory cannot be used
 */
export async function takeInstanceLock(socketPath: string): Promise<InstanceLock | undefined> {
  const directory = dirname(socketPath);
  // Short names: the path of a socket has 103 bytes at most.
  const lock = join(directory, 'lock');
  const name = randomBytes(4).toString('hex');
  const own = join(directory, name);
  mkdirSync(own, { mode: 0o700 });
  const server = createServer((connection) => connection.destroy());
  const abandon = (): void => {
    server.close();
    rmSync(own, { recursive: true, force: true });
  };
  try {
    await listenOn(server, join(own, name));
    while (!renamed(own, lock)) {
      if (await hasLiveHolder(lock)) {
        abandon();
        return undefined;
      }
    }
  } catch (error) {
    abandon();
    throw error;
  }
  return {
    release: () => {
      server.close();
      remove(() => {
        unlinkSync(join(lock, name));
      });
      remove(() => {
        rmdirSync(lock);
      });
    },
  };
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isOneOf(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the sockets of dead holders on its way. */
async function hasLiveHolder(lock: string): Promise<boolean> {
  for (const name of namesIn(lock)) {
    const socket = join(lock, name);
    if (await isAnswering(socket)) return true;
    remove(() => {
      unlinkSync(socket);
    });
  }
  return false;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isOneOf(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Another process may have removed it, or have put something of its own there, meanwhile. */
function remove(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isOneOf(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

function isOneOf(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
