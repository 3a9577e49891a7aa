/**
 * Tries a server without signing in: asks it for a challenge as a page would, checks that challenge as
 * the agent would, and says which certificate would answer it. Nothing is signed and nothing is sent
 * back; the challenge expires unanswered.
 */
import { CountersignError, type Clock } from '../core/index.ts';
import { checkTokenTimes, declineReasons, parseChallenge } from '../protocol/index.ts';
import { verifyChallengeSignature } from './challenge/challenge-signature.ts';
import type { ServerKeys } from './challenge/server-keys.ts';
import type { TrustedServer } from './config/settings.ts';
import { declineCodeFor } from './decline-code.ts';
import { AgentError } from './errors.ts';
import type { Sweep } from './identity-source.ts';
import { selectIdentity, type Selection } from './select-identity.ts';
import type { ServerClient } from './submission/server-client.ts';

/** What a trial takes. */
export interface ServerCheckContext {
  readonly serverClient: Pick<ServerClient, 'requestChallenge'>;
  readonly serverKeys: Pick<ServerKeys, 'find'>;
  readonly sweep: Sweep;
  readonly clock: Clock;
}

/** What came of it. */
export interface ServerCheck {
  readonly issuer: string;
  /**
   * `ready`: a certificate would answer; the server then checks its path and revocation. `no_answer`: none
   * can. `failed`: the server has no challenge that this agent would take.
   */
  readonly outcome: 'ready' | 'no_answer' | 'failed';
  /** `identity_chosen`, or the code of the decline or the error. */
  readonly code: string;
  readonly message: string;
  /** Seconds by which this device's clock is ahead of the server's; undefined where it is not known. */
  readonly clockAheadSeconds: number | undefined;
  /** Undefined where the server failed. */
  readonly selection: Selection | undefined;
}

/** Tries a server. @returns what came of it; what is wrong with the server is no exception */
export async function checkServer(
  server: TrustedServer,
  { serverClient, serverKeys, sweep, clock }: ServerCheckContext,
): Promise<ServerCheck> {
  const { issuer } = server;
  let clockAheadSeconds: number | undefined;
  try {
    const text = await serverClient.requestChallenge(server);
    const { challenge, keyId, jws } = parseChallenge(text);
    if (challenge.issuer !== issuer) throw new AgentError('issuer_untrusted');
    verifyChallengeSignature(jws, await serverKeys.find(server, keyId));
    clockAheadSeconds = Math.round(clock.now().getTime() / 1000 - challenge.issuedAt);
    checkTokenTimes(challenge, clock.now());
    const selection = selectIdentity(sweep.certificates, challenge, clock.now());
    const found = { issuer, clockAheadSeconds, selection };
    if (selection.chosen !== undefined) {
      const message = 'A certificate of this device would answer.';
      return { ...found, outcome: 'ready', code: 'identity_chosen', message };
    }
    const code = declineCodeFor(
      selection.rejected.map((rejected) => rejected.code),
      sweep.problems.map((problem) => problem.code),
    );
    return { ...found, outcome: 'no_answer', code, message: declineReasons[code] };
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    const failure: Pick<ServerCheck, 'code' | 'message'> = error;
    return {
      issuer,
      outcome: 'failed',
      code: failure.code,
      message: failure.message,
      clockAheadSeconds,
      selection: undefined,
    };
  }
}
