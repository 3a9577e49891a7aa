/** Puts the loopback endpoint together. */
import type { Clock, Logger } from '../../core/index.ts';
import type { ChallengeDelivery } from '../answer-challenge.ts';
import { ConnectionGuard, type ConnectionLimits } from './connection-guard.ts';
import { LoopbackEndpoint } from './endpoint.ts';
import { listenOnLoopback, type LoopbackListener } from './listen.ts';
import type { PeerOwnership } from './peer-ownership.ts';
import { RateLimit, type RateLimitSettings } from './rate-limit.ts';

/** What the endpoint is composed of. */
export interface LoopbackOptions {
  /** Ports to try, in order. */
  readonly ports: readonly number[];
  /** Web origins that may speak to it. */
  readonly origins: readonly string[];
  readonly ownership: PeerOwnership;
  /** Answers a challenge; resolves when the server has the answer. */
  readonly answer: (delivery: ChallengeDelivery) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<LoopbackLimits>;
}

/** The endpoint, listening. */
export interface Loopback extends LoopbackListener {
  /** Replaces the web origins that may speak to it. */
  readonly allowOrigins: (origins: readonly string[]) => void;
}

/** Bounds of the endpoint. */
export interface LoopbackLimits extends ConnectionLimits {
  /** Challenges by one origin. */
  readonly rate: RateLimitSettings;
  /** Most challenges being answered at a time. */
  readonly maxConcurrent: number;
  /** Milliseconds for a body to arrive. */
  readonly bodyTimeoutMs: number;
}

const defaultLimits: LoopbackLimits = {
  maxConnections: 64,
  maxForeign: 8,
  sweepMs: 10_000,
  rate: { burst: 30, perSecond: 5 },
  maxConcurrent: 16,
  bodyTimeoutMs: 10_000,
};

/**
 * Starts the loopback endpoint.
 *
 * @throws AgentError `no_port_free`
 */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const limits = { ...defaultLimits, ...options.limits };
  const guard = new ConnectionGuard(options.ownership, limits);
  const endpoint = new LoopbackEndpoint({
    allowedOrigins: options.origins,
    ownerOf: ({ socket }) => guard.ownerOf(socket),
    answer: options.answer,
    rateLimit: new RateLimit(limits.rate, options.clock),
    maxConcurrent: limits.maxConcurrent,
    bodyTimeoutMs: limits.bodyTimeoutMs,
    clock: options.clock,
    logger: options.logger,
  });
  const listener = await listenOnLoopback(options.ports, endpoint.listener, guard);
  return {
    ...listener,
    allowOrigins: (origins) => {
      endpoint.allowOrigins(origins);
    },
  };
}
