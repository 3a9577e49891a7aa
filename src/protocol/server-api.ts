/** The server's public HTTP interface (docs/protocol.md, "Server"). */
import { readOptionalBoolean, readText } from './claims.ts';
import { parseMessage } from './message.ts';
import { ProtocolError } from './errors.ts';
import type { VerificationResult } from './verification-result.ts';

/** Paths of the server, below its issuer URL. */
export const serverPaths = {
  challenges: '/v1/challenges',
  transactions: '/v1/transactions',
  proofs: '/v1/proofs',
  jwks: '/.well-known/jwks.json',
} as const;

/** Answer to `POST /v1/challenges`: what a sign-in page needs to run the flow. */
export interface TransactionStart {
  readonly transaction: string;
  /** The challenge, a compact JWS. */
  readonly challengeRequest: string;
  readonly loopback: { readonly ports: readonly number[] };
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
  /**
   * Only in the answer to an application's server: what its page watches and cancels this one
   * transaction with, as a Bearer token. The browser that started it itself has a cookie.
   */
  readonly pollToken?: string;
}

/** Answer to `GET /v1/transactions/{id}/result`, for the application that asked. */
export type TransactionResult =
  | {
      readonly transaction: string;
      readonly status: 'pending' | 'expired' | 'cancelled';
    }
  | {
      readonly transaction: string;
      readonly status: 'managed' | 'refused';
      /** What to go by: whether the application's policy lets this sign-in in. */
      readonly allowed: boolean;
      readonly origin: string;
      readonly user?: string;
      readonly result: VerificationResult;
      /** The same in short, signed: a compact JWS of `typ` device-verification+jwt. */
      readonly token: string;
    };

/** Answer to `GET /v1/transactions/{id}`. */
export type TransactionStatus =
  | {
      readonly transaction: string;
      readonly status: 'pending';
      /** The same challenge each time, for as long as the transaction is pending. */
      readonly challengeRequest: string;
      readonly expiresAt: string;
    }
  | { readonly transaction: string; readonly status: 'expired' | 'cancelled' }
  | {
      readonly transaction: string;
      readonly status: 'managed' | 'refused';
      readonly result: VerificationResult;
    };

/** Answer to a proof or a decline, for the agent's log and audit. Never secrets. */
export interface ProofAnswer {
  readonly transaction: string;
  readonly managed: boolean;
  readonly code: string;
  readonly message: string;
}

/** An error over HTTP (RFC 9457): the code and the public sentence only. */
export interface Problem {
  /** `urn:countersign:error:` and the code. */
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** Media type of {@link Problem}. */
export const problemMediaType = 'application/problem+json';

/** Makes an RFC 9457 problem of a code and its public sentence. */
export function makeProblem(status: number, code: string, detail: string): Problem {
  return { type: `urn:countersign:error:${code}`, status, code, detail };
}

/**
 * Reads the server's answer to a proof or a decline.
 *
 * @param text - the JSON body
 * @throws ProtocolError
 */
export function parseProofAnswer(text: string): ProofAnswer {
  const body = parseMessage(text, 16 * 1024);
  const managed = readOptionalBoolean(body, 'managed');
  if (managed === undefined) throw new ProtocolError('claim_missing', { member: 'managed' });
  return {
    transaction: readText(body, 'transaction'),
    managed,
    code: readText(body, 'code'),
    message: readText(body, 'message', 1024),
  };
}

/**
 * Reads a problem+json body, as far as it is one.
 *
 * @returns undefined where the body is something else (a proxy's page, say)
 */
export function parseProblem(text: string): Pick<Problem, 'code' | 'detail'> | undefined {
  try {
    const body = parseMessage(text, 16 * 1024);
    return { code: readText(body, 'code'), detail: readText(body, 'detail', 1024) };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
