/** The loopback endpoint's requests and answers (docs/protocol.md, "Loopback endpoint"). */
import type {
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http';
import type { Clock, Logger } from '../../core/index.ts';
import {
  deliveredAnswer,
  loopbackPaths,
  parseChallengeDelivery,
  probeAnswer,
  problemMediaType,
} from '../../protocol/index.ts';
import type { ChallengeDelivery } from '../answer-challenge.ts';
import { AgentError, agentErrors } from '../errors.ts';
import { problemOf } from './error-status.ts';
import type { PeerOwner } from './peer-ownership.ts';
import { RateLimit } from './rate-limit.ts';
import { readJsonBody } from './request-body.ts';
import { allowedOrigin, isOwnHost } from './request-checks.ts';

/** What the endpoint works with. */
export interface EndpointOptions {
  /** Web origins of all trusted servers, as parseOrigin gives them. */
  readonly allowedOrigins: readonly string[];
  /** Whose the request's connection is. */
  readonly ownerOf: (request: IncomingMessage) => Promise<PeerOwner>;
  /** Answers a challenge; resolves when the server has the answer. */
  readonly answer: (delivery: ChallengeDelivery) => Promise<unknown>;
  readonly rateLimit: RateLimit;
  /** Most challenges being answered at a time. */
  readonly maxConcurrent: number;
  /** Milliseconds for a body to arrive, once its head is there. */
  readonly bodyTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Methods by path. */
const routes: Readonly<Record<string, string>> = {
  [loopbackPaths.probe]: 'GET',
  [loopbackPaths.challenge]: 'POST',
};

/** The request headers that the field's clients send (docs/protocol.md). */
const allowedHeaders = 'content-type, x-okta-xsrftoken';
const preflightSeconds = 600;

/** Answers the requests of one or more HTTP servers on the same port. */
export class LoopbackEndpoint {
  readonly #options: EndpointOptions;
  #allowedOrigins: ReadonlySet<string>;
  /** Any page of the web may knock; none may fill the log. */
  readonly #refusalsLogged: RateLimit;
  #answering = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#allowedOrigins = new Set(options.allowedOrigins);
    this.#refusalsLogged = new RateLimit({ burst: 10, perSecond: 0.1 }, options.clock);
  }

  /** Replaces the allowed origins, for the requests that come from now on. */
  allowOrigins(origins: readonly string[]): void {
    this.#allowedOrigins = new Set(origins);
  }

  /** To be called for each request; never throws. */
  readonly listener: RequestListener = (request, response) => {
    response.setHeader('vary', 'Origin');
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    const origin = this.#admit(request);
    if (origin === undefined) {
      // A page that is not allowed learns nothing, not even why.
      response.writeHead(403, closeIfUnread(request)).end();
      return;
    }
    response.setHeader('access-control-allow-origin', origin);
    this.#route(request, response, origin).catch((error: unknown) => {
      sendProblem(request, response, error);
    });
  };

  /** @returns the page's origin, or undefined where it may not speak to the agent */
  #admit({ headers, socket }: IncomingMessage): string | undefined {
    const { logger } = this.#options;
    const ownHost = isOwnHost(headers.host, socket.localPort ?? 0);
    const origin = ownHost ? allowedOrigin(headers.origin, this.#allowedOrigins) : undefined;
    if (origin === undefined && this.#refusalsLogged.take('')) {
      const code = ownHost ? 'origin_refused' : 'host_refused';
      const [host, from] = [headers.host, headers.origin].map((text) => text?.slice(0, 256));
      logger.warn(agentErrors[code], { code, host, origin: from });
    }
    return origin;
  }

  async #route(request: IncomingMessage, response: ServerResponse, origin: string): Promise<void> {
    const path = request.url ?? '';
    const method = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (method === undefined) throw new AgentError('route_unknown');
    if (request.method === 'OPTIONS') {
      // Another user's page must get through it too, or it could not see the 503 that follows.
      response.writeHead(204, preflightHeaders(request, method)).end();
      return;
    }
    const owner = await this.#options.ownerOf(request);
    if (owner === 'other_user') throw new AgentError('peer_other_user');
    if (request.method !== method) {
      response.setHeader('allow', `${method}, OPTIONS`);
      throw new AgentError('method_refused');
    }
    if (path === loopbackPaths.probe) sendJson(response, 200, probeAnswer);
    else {
      await this.#answerChallenge(request, origin);
      sendJson(response, 200, deliveredAnswer);
    }
  }

  async #answerChallenge(request: IncomingMessage, origin: string): Promise<void> {
    const { answer, rateLimit, maxConcurrent, bodyTimeoutMs } = this.#options;
    if (this.#answering >= maxConcurrent || !rateLimit.take(origin)) {
      throw new AgentError('too_many_requests');
    }
    this.#answering++;
    try {
      const body = await readJsonBody(request, bodyTimeoutMs);
      await answer({ challengeRequest: parseChallengeDelivery(body), origin });
    } finally {
      this.#answering--;
    }
  }
}

/** Answer to a preflight (Fetch standard, and the drafts of private and local network access). */
function preflightHeaders(request: IncomingMessage, method: string): OutgoingHttpHeaders {
  const asked = request.headers;
  return {
    'access-control-allow-methods': method,
    'access-control-allow-headers': allowedHeaders,
    'access-control-max-age': String(preflightSeconds),
    ...(asked['access-control-request-private-network'] === 'true'
      ? { 'access-control-allow-private-network': 'true' }
      : {}),
    ...(asked['access-control-request-local-network'] === 'true'
      ? { 'access-control-allow-local-network': 'true' }
      : {}),
  };
}

function sendProblem(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = problemOf(error);
  sendJson(response, problem.status, problem, {
    'content-type': problemMediaType,
    ...closeIfUnread(request),
  });
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: OutgoingHttpHeaders = {},
): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
}

/** A body that is not read must not keep the connection: the rest of it would be taken for a request. */
function closeIfUnread(request: IncomingMessage): OutgoingHttpHeaders {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  const hasBody = length !== '0' || encoding !== undefined;
  return hasBody && !request.complete ? { connection: 'close' } : {};
}
