/** Talks to the servers: fetches their keys, hands over proofs and declines. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isJsonObject, JsonError, parseStrictJson } from '../../core/index.ts';
import type { Clock, Logger, RandomSource } from '../../core/index.ts';
import {
  parseProblem,
  parseProofAnswer,
  ProtocolError,
  serverPaths,
  type ProofAnswer,
} from '../../protocol/index.ts';
import type { ProxySettings, TrustedServer } from '../config/settings.ts';
import { AgentError } from '../errors.ts';
import {
  exchange,
  type ExchangeOutcome,
  type ExchangeRequest,
  type HttpAnswer,
} from './exchange.ts';
import { usesProxy } from './proxy.ts';
import { retryDelay } from './retry.ts';
import { TlsTrust } from './tls-trust.ts';

/** Bounds of talking to a server. */
export interface ServerClientLimits {
  /** Milliseconds until a connection must stand. */
  readonly connectMs: number;
  /** Milliseconds for everything: connections, retries and answers. */
  readonly totalMs: number;
  /** Largest answer read, in bytes. */
  readonly maxAnswerBytes: number;
  /** Most attempts, the first included. */
  readonly attempts: number;
}

/** The bounds that apply unless told otherwise. */
export const defaultServerClientLimits: ServerClientLimits = {
  connectMs: 5_000,
  totalMs: 20_000,
  maxAnswerBytes: 64 * 1024,
  attempts: 4,
};

/** What came of handing an answer to a server. */
export type Submission =
  | { readonly ok: true; readonly answer: ProofAnswer }
  | {
      readonly ok: false;
      readonly error: AgentError;
      /** Whether the server may have processed it. */
      readonly processed: boolean;
    };

/** The agent's side of all its connections to servers. */
export class ServerClient {
  readonly #proxy: ProxySettings | undefined;
  readonly #caFile: string | undefined;
  readonly #trust: TlsTrust;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #logger: Logger;
  readonly #limits: ServerClientLimits;
  readonly #sleep: (milliseconds: number) => Promise<void>;

  constructor(options: {
    readonly proxy: ProxySettings | undefined;
    readonly caFile: string | undefined;
    readonly clock: Clock;
    readonly random: RandomSource;
    readonly logger: Logger;
    readonly limits?: ServerClientLimits;
    /** Waits between attempts; the system's timers unless told. */
    readonly sleep?: (milliseconds: number) => Promise<void>;
  }) {
    this.#proxy = options.proxy;
    this.#caFile = options.caFile;
    this.#trust = new TlsTrust(options);
    this.#clock = options.clock;
    this.#random = options.random;
    this.#logger = options.logger;
    this.#limits = options.limits ?? defaultServerClientLimits;
    this.#sleep = options.sleep ?? sleepFor;
  }

  /**
   * Fetches a server's JWK set.
   *
   * @throws AgentError `server_keys_unavailable` with the reason as its message
   */
  async fetchKeySet(jwksUri: string, server: TrustedServer): Promise<string> {
    const outcome = await this.#exchange(server, {
      method: 'GET',
      url: new URL(jwksUri),
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    if (!outcome.ok) {
      const { error } = outcome;
      throw new AgentError('server_keys_unavailable', { message: error.message, cause: error });
    }
    const { status, headers, body } = outcome.answer;
    if (status === 200 && isJson(headers['content-type'])) return body;
    throw new AgentError('server_keys_unavailable', {
      message: `${jwksUri} answered ${status}, not a JWK set.`,
    });
  }

  /**
   * Asks for a challenge as a page of the server's first web origin would.
   *
   * @returns the compact JWS, unread
   * @throws AgentError `server_refused` or `server_answer_invalid`, or why it cannot be reached
   */
  async requestChallenge(server: TrustedServer): Promise<string> {
    const outcome = await this.#exchange(server, {
      method: 'POST',
      url: new URL(`${server.issuer.replace(/\/$/, '')}${serverPaths.challenges}`),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, application/problem+json',
        origin: server.origins[0] ?? '',
      },
      body: '{}',
    });
    if (!outcome.ok) throw outcome.error;
    return readChallengeAnswer(outcome.answer);
  }

  /**
   * Hands a proof or a decline to the server. It is sent a second time only where the first cannot have
   * been processed: nothing was sent, or the server itself says so (429 or 503 with Retry-After).
   *
   * @param server - a trusted one
   * @param responseUri - of the verified challenge
   * @param mediaType - of the body
   * @param body - the proof's JWS or the decline's JSON
   */
  async submit(
    server: TrustedServer,
    responseUri: string,
    mediaType: string,
    body: string,
  ): Promise<Submission> {
    const outcome = await this.#exchange(server, {
      method: 'POST',
      url: new URL(responseUri),
      headers: { 'content-type': mediaType, accept: 'application/json, application/problem+json' },
      body,
    });
    if (!outcome.ok) return { ok: false, error: outcome.error, processed: outcome.sent };
    return readSubmissionAnswer(outcome.answer);
  }

  async #exchange(server: TrustedServer, request: ExchangeRequest): Promise<ExchangeOutcome> {
    const left = this.#countdown();
    const caFiles = [this.#caFile, server.caFile].filter((file) => file !== undefined);
    let secureContext;
    try {
      secureContext = await this.#trust.context(caFiles);
    } catch (error) {
      if (error instanceof AgentError) return { ok: false, error, sent: false };
      throw error;
    }
    const proxyUrl = usesProxy(request.url, this.#proxy) ? this.#proxy?.url : undefined;
    for (let attempt = 1; ; attempt++) {
      const totalMs = Math.max(1, left());
      const outcome = await exchange(request, {
        secureContext,
        proxyUrl,
        totalMs,
        connectMs: this.#limits.connectMs,
        maxAnswerBytes: this.#limits.maxAnswerBytes,
      });
      const delay = retryDelay(outcome, attempt, this.#random, this.#clock.now());
      if (delay === undefined || attempt >= this.#limits.attempts || delay >= left())
        return outcome;
      this.#logger.info('The server is tried again', {
        server: server.issuer,
        reason: outcome.ok ? `it answered ${outcome.answer.status}` : outcome.error.message,
        delayMs: Math.round(delay),
      });
      await this.#sleep(delay);
    }
  }

  /** Milliseconds that are left for everything; a clock that is set back meanwhile gives no more of them. */
  #countdown(): () => number {
    const { totalMs } = this.#limits;
    const deadline = this.#clock.now().getTime() + totalMs;
    return () => Math.min(totalMs, deadline - this.#clock.now().getTime());
  }
}

function readSubmissionAnswer({ status, headers, body }: HttpAnswer): Submission {
  // A server that asks for patience has said that it did nothing.
  const processed = !(status === 429 || status === 503);
  const json = isJson(headers['content-type']);
  if (status === 200 && json) {
    try {
      return { ok: true, answer: parseProofAnswer(body) };
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause;
      const error = new AgentError('server_answer_invalid', { message: cause.message, cause });
      return { ok: false, error, processed };
    }
  }
  return { ok: false, error: refusalIn({ status, headers, body }), processed };
}

/** The answer to a request for a challenge: JSON with the member `challengeRequest`. */
function readChallengeAnswer(answer: HttpAnswer): string {
  if (answer.status === 200 && isJson(answer.headers['content-type'])) {
    try {
      const value = parseStrictJson(answer.body, { maxLength: 64 * 1024, maxDepth: 4 });
      const text = isJsonObject(value) ? value['challengeRequest'] : undefined;
      if (typeof text === 'string') return text;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
    }
  }
  throw refusalIn(answer);
}

/** What an answer that is not the one hoped for says. */
function refusalIn({ status, headers, body }: HttpAnswer): AgentError {
  const problem = isJson(headers['content-type']) ? parseProblem(body) : undefined;
  return problem === undefined || status < 400
    ? new AgentError('server_answer_invalid', {
        message: `The server answered ${status} with a body that is not of this protocol.`,
      })
    : new AgentError('server_refused', {
        message: `The server answered ${status}: ${problem.code}: ${problem.detail}`,
      });
}

/** JSON by RFC 6838's structured suffix, or plain. */
function isJson(contentType: string | undefined): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\s*(;|$)/i.test(contentType ?? '');
}
