import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of a sign-in that ended without a verdict: code -> sentence for the person signing in. */
export const clientErrors = {
  agent_not_found:
    'No Countersign agent answers on this device; install it or start it, then sign in again.',
  agent_blocked:
    'The browser keeps this page from the agent; allow access to apps on this device in the site’s settings, then sign in again.',
  agent_other_user:
    'The agent on this device belongs to another user; start the agent for this user.',
  agent_refused: 'The agent on this device refused the challenge.',
  agent_lost: 'The agent stopped answering while it worked on the challenge; sign in again.',
  server_unreachable:
    'The server cannot be reached; check the network connection, then sign in again.',
  server_unavailable: 'The server cannot answer at the moment; sign in again in a minute.',
  server_refused: 'The server did not accept the request.',
  server_answer_invalid: 'The answer is not one of the server’s; a proxy may have come between.',
  transaction_expired: 'The sign-in took too long; sign in again.',
  transaction_cancelled: 'The sign-in was cancelled elsewhere; sign in again.',
  cancelled: 'The sign-in was cancelled.',
} as const;

/** One of {@link clientErrors}' codes. */
export type ClientErrorCode = keyof typeof clientErrors;

/** What the agent or the server itself gave as the reason (RFC 9457 problem), for display. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** A sign-in that ended without a verdict. `signIn` turns it into its outcome. */
export class ClientError extends CountersignError<ClientErrorCode> {
  readonly reason: Reason | undefined;

  constructor(
    code: ClientErrorCode,
    details: ErrorDetails & { readonly reason?: Reason | undefined } = {},
  ) {
    super(code, clientErrors, details);
    this.reason = details.reason;
  }
}
