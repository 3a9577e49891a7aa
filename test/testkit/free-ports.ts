/** Ports for programs that must be told theirs before they start. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below every system's range of ephemeral ports: between this look and the program's start, or while
 * the program is away, a connection of some other test cannot take one of these. Above the ports that fetch refuses to ask,
 * of which 10080 is the highest (Fetch Standard, "bad port").
 */
const range = { from: 10_081, to: 32_000 };

/** Free TCP ports of the loopback interface, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = anyPort();
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

/** A free port, and so is the next. */
export async function freePortPair(): Promise<number> {
  for (;;) {
    const port = anyPort();
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

function anyPort(): number {
  return randomInt(range.from, range.to);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
