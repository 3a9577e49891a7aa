/** HTTP statuses of the loopback endpoint's errors. 503 has one meaning: another user's agent. */
import { makeProblem, ProtocolError, type Problem } from '../../protocol/index.ts';
import { AgentError, agentErrors, type AgentErrorCode } from '../errors.ts';

const statuses: Readonly<Partial<Record<AgentErrorCode, number>>> = {
  peer_other_user: 503,
  route_unknown: 404,
  method_refused: 405,
  media_type_refused: 415,
  body_too_large: 413,
  body_timeout: 408,
  too_many_requests: 429,
  issuer_untrusted: 403,
  challenge_signature_invalid: 403,
  server_key_unknown: 403,
  challenge_origin_refused: 403,
  challenge_already_answered: 409,
  server_keys_unavailable: 502,
  server_keys_invalid: 502,
  server_unreachable: 502,
  server_tls_untrusted: 502,
  server_refused: 502,
  server_answer_invalid: 502,
  proxy_refused: 502,
  server_timeout: 504,
};

/**
 * What a page is told of an error: its code and its code's own sentence. Never the error's own message
 * where that may name files, proxies or certificates of this machine.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof AgentError) {
    return makeProblem(statuses[error.code] ?? 500, error.code, agentErrors[error.code]);
  }
  if (error instanceof ProtocolError) {
    // A message of this kind speaks of the page's own token.
    return makeProblem(error.code === 'message_too_long' ? 413 : 400, error.code, error.message);
  }
  return makeProblem(500, 'agent_failed', agentErrors.agent_failed);
}
