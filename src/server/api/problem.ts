/** Errors over HTTP: RFC 9457 problems with a code and its public sentence, and nothing else. */
import type { FastifyError } from 'fastify';
import { JsonError, type CountersignError } from '../../core/index.ts';
import { makeProblem, ProtocolError, type Problem } from '../../protocol/index.ts';
import { ServerError, type ServerErrorCode } from '../errors.ts';
import { RevocationError, type RevocationErrorCode } from '../revocation/index.ts';
import { TrustError, type TrustErrorCode } from '../trust/index.ts';

const serverStatus: Partial<Readonly<Record<ServerErrorCode, number>>> = {
  transaction_unknown: 404,
  transaction_expired: 410,
  transaction_cancelled: 410,
  transaction_answered: 409,
  transaction_nonce_mismatch: 403,
  trust_not_configured: 409,
  origin_not_allowed: 403,
  host_not_allowed: 421,
  https_required: 403,
  admin_token_invalid: 401,
  route_not_found: 404,
  method_not_allowed: 405,
  media_type_unsupported: 415,
  body_too_large: 413,
  request_malformed: 400,
  request_timeout: 408,
  header_too_large: 431,
  rate_limited: 429,
  storage_unavailable: 503,
};

const trustStatus: Partial<Readonly<Record<TrustErrorCode, number>>> = {
  ca_file_too_large: 413,
  ca_exists: 409,
  ca_too_many: 409,
  ca_unknown: 404,
};

const revocationStatus: Partial<Readonly<Record<RevocationErrorCode, number>>> = {
  crl_unknown: 404,
  crl_older: 409,
  crl_changed: 409,
};

/** What Fastify itself refuses, where that has a code of its own here. */
const frameworkCodes: ReadonlyMap<string, ServerErrorCode> = new Map([
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'media_type_unsupported'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
]);

/** The problem that a thrown value is told as. What is not meant for the public is an `internal_error`. */
export function toProblem(error: unknown): Problem {
  const known = toKnownError(error);
  return makeProblem(statusOf(known), known.code, known.message);
}

function toKnownError(error: unknown): CountersignError {
  if (error instanceof ServerError || error instanceof TrustError) return error;
  if (error instanceof RevocationError) return error;
  if (error instanceof ProtocolError || error instanceof JsonError) return error;
  const { code = '', statusCode = 500 } = (error ?? {}) as Partial<FastifyError>;
  const otherwise = statusCode < 500 ? 'request_malformed' : 'internal_error';
  return new ServerError(frameworkCodes.get(code) ?? otherwise);
}

function statusOf(error: CountersignError): number {
  if (error instanceof ServerError) return serverStatus[error.code] ?? 500;
  if (error instanceof TrustError) return trustStatus[error.code] ?? 422;
  if (error instanceof RevocationError) return revocationStatus[error.code] ?? 422;
  return error.code === 'message_too_long' ? 413 : 400;
}
