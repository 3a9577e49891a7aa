/** Whether the process at the other end of a loopback connection is one that the agent answers. */

/** Both ends of a TCP connection, as the agent's socket sees them. */
export interface ConnectionEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/**
 * Whose connection it is. `local_user`: of an ordinary account, which a machine agent answers; an agent
 * gives either that or `same_user`, by its rule (peer-rules.ts). `not_checked` only where the operating system gives no way to tell; a check
 * that is there but finds nothing answers `other_user`.
 */
export type PeerOwner = 'same_user' | 'local_user' | 'other_user' | 'not_checked';

/** Tells whose a connection is. */
export interface PeerOwnership {
  /** @param connection - an open one, accepted on a loopback address */
  ownerOf(connection: ConnectionEnds): Promise<PeerOwner>;
}

/**
 * For systems where the owner of a connection cannot be asked for. The port is then open to every user
 * of the machine, and a page in another user's browser could have this user's device proven to it; what
 * guards against that are the allowed origins alone.
 */
export const uncheckedPeerOwnership: PeerOwnership = {
  ownerOf: () => Promise.resolve('not_checked'),
};
