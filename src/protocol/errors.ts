import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link ProtocolError}: messages that break the wire format. */
export const protocolErrors = {
  message_too_long: 'The message is longer than the protocol allows.',
  message_malformed: 'The message is not what this endpoint takes; see docs/protocol.md.',
  jws_malformed: 'The token is not a JWS in compact serialization.',
  jws_type_unexpected: 'The token’s typ header is not the one expected here.',
  jws_critical_unknown: 'The token has a crit header, and this protocol knows no extension.',
  jws_algorithm_refused: 'The token’s alg header is missing or not among the accepted algorithms.',
  jws_header_forbidden: 'The token’s header carries a key or a place to fetch one (jwk, jku, x5u).',
  jws_header_invalid: 'A member of the token’s header is missing or has the wrong form.',
  claim_missing: 'The token lacks a claim that the protocol requires.',
  claim_type_invalid: 'A claim of the token has the wrong JSON type.',
  claim_value_invalid: 'A claim of the token has a value outside what the protocol allows.',
  token_expired:
    'The token has expired; start the sign-in again, and check the clocks of both machines.',
  token_not_yet_valid: 'The token was issued in the future; check the clocks of both machines.',
  token_lifetime_too_long: 'The token’s lifetime is longer than the protocol allows.',
} as const;

/** One of {@link protocolErrors}' codes. */
export type ProtocolErrorCode = keyof typeof protocolErrors;

/** A message that breaks the wire format. `member` names the header member or claim at fault. */
export class ProtocolError extends CountersignError<ProtocolErrorCode> {
  readonly member: string | undefined;

  constructor(code: ProtocolErrorCode, details: ErrorDetails & { readonly member?: string } = {}) {
    super(code, protocolErrors, details);
    this.member = details.member;
  }
}
