/**
 * Keeps an eye on the loopback port's connections: how many there are, whose they are, and whether one
 * is stuck in the middle of a request head.
 *
 * Node's own time-out for request heads starts when the connection does. It cannot be used: a browser
 * holds a connection open without a byte for as long as its permission prompt is up.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { PeerOwner, PeerOwnership } from './peer-ownership.ts';

/** Bounds of {@link ConnectionGuard}. */
export interface ConnectionLimits {
  /** Most connections at a time; the oldest one without a request gives way to a new one. */
  readonly maxConnections: number;
  /** Most connections of other users at a time: none of them can crowd this user's out. */
  readonly maxForeign: number;
  /** Milliseconds between looks for stuck connections; one stuck for two looks is ended. */
  readonly sweepMs: number;
}

interface Tracked {
  readonly owner: Promise<PeerOwner>;
  foreign: boolean;
  /** Requests whose head has arrived and whose answer has not been sent. */
  active: number;
  /** Bytes read at the last look while no request was active; undefined where none were pending. */
  stuckAt: number | undefined;
  /** Bytes read when the last request was answered. */
  settledAt: number;
}

/** Watches the connections of one port's servers. */
export class ConnectionGuard {
  readonly #ownership: PeerOwnership;
  readonly #limits: ConnectionLimits;
  readonly #connections = new Map<Socket, Tracked>();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(ownership: PeerOwnership, limits: ConnectionLimits) {
    this.#ownership = ownership;
    this.#limits = limits;
  }

  /** Watches a server's connections and requests. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#add(socket);
    });
    server.on('request', ({ socket }, response) => {
      const tracked = this.#connections.get(socket);
      if (tracked === undefined) return;
      tracked.active++;
      response.once('close', () => {
        tracked.active--;
        tracked.settledAt = socket.bytesRead;
      });
    });
  }

  /** Whose a connection is; looked up once, when it was made. */
  ownerOf(socket: Socket): Promise<PeerOwner> {
    return this.#connections.get(socket)?.owner ?? Promise.resolve('other_user');
  }

  /** Ends the connections that have no request under way. */
  endIdle(): void {
    for (const [socket, { active }] of this.#connections) if (active === 0) socket.destroy();
  }

  #add(socket: Socket): void {
    if (this.#connections.size >= this.#limits.maxConnections && !this.#evictIdle()) {
      socket.destroy();
      return;
    }
    const tracked: Tracked = {
      owner: this.#lookUp(socket),
      foreign: false,
      active: 0,
      stuckAt: undefined,
      settledAt: 0,
    };
    this.#connections.set(socket, tracked);
    socket.once('close', () => {
      this.#remove(socket);
    });
    void tracked.owner.then((owner) => {
      tracked.foreign = owner === 'other_user';
      const foreign = [...this.#connections.values()].filter((other) => other.foreign);
      if (tracked.foreign && foreign.length > this.#limits.maxForeign) socket.destroy();
    });
    this.#sweeper ??= setInterval(() => {
      this.#endStuck();
    }, this.#limits.sweepMs).unref();
  }

  #lookUp(socket: Socket): Promise<PeerOwner> {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
    return this.#ownership
      .ownerOf({ localAddress, localPort, remoteAddress, remotePort })
      .catch((): PeerOwner => 'other_user');
  }

  #remove(socket: Socket): void {
    this.#connections.delete(socket);
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  /** Maps keep the order of insertion: the first idle connection is the oldest. */
  #evictIdle(): boolean {
    for (const [socket, { active }] of this.#connections) {
      if (active > 0) continue;
      this.#remove(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  #endStuck(): void {
    for (const [socket, tracked] of this.#connections) {
      const pending = tracked.active === 0 && socket.bytesRead > tracked.settledAt;
      if (pending && tracked.stuckAt === tracked.settledAt) socket.destroy();
      tracked.stuckAt = pending ? tracked.settledAt : undefined;
    }
  }
}
