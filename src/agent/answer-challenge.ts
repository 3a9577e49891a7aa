/**
 * The agent's use case: answer a challenge. Its steps are those of docs/protocol.md, in their order:
 * no store is opened before everything about the challenge has been checked, since an agent that signs
 * for whoever asks would be worth less than none.
 */
import { parseChallenge, proofMediaType, encodeDecline } from '../protocol/index.ts';
import { checkTokenTimes, type Challenge, type ProofAnswer } from '../protocol/index.ts';
import type { AnsweredChallenges } from './challenge/answered-challenges.ts';
import { verifyChallengeSignature } from './challenge/challenge-signature.ts';
import type { ServerKeys } from './challenge/server-keys.ts';
import type { TrustedServer } from './config/settings.ts';
import { AgentError } from './errors.ts';
import { proveDevice, type DeviceAnswer, type Prover } from './prove-device.ts';
import type { ServerClient, Submission } from './submission/server-client.ts';

/** A challenge as a page delivered it. */
export interface ChallengeDelivery {
  /** The compact JWS, unread. */
  readonly challengeRequest: string;
  /** The page's web origin, as the browser said it. */
  readonly origin: string;
}

/** What answering takes. */
export interface Answerer extends Prover {
  readonly servers: readonly TrustedServer[];
  readonly serverKeys: ServerKeys;
  readonly answered: AnsweredChallenges;
  readonly serverClient: Pick<ServerClient, 'submit'>;
}

/** What became known on the way, for the audit log: also of an answer that failed. */
export interface AnswerTrace {
  challenge?: Challenge;
  answer?: DeviceAnswer;
}

/**
 * Answers a challenge with a proof, or with a decline where no certificate of the device can.
 *
 * @param delivery - as it came
 * @param answerer - what answering takes
 * @param trace - filled in on the way
 * @returns what the server said to it
 * @throws ProtocolError where the challenge breaks the wire format or its times
 * @throws AgentError where it is refused or the server did not take the answer
 */
export async function answerChallenge(
  delivery: ChallengeDelivery,
  answerer: Answerer,
  trace: AnswerTrace,
): Promise<ProofAnswer> {
  // 1. It is a challenge, for an agent, whose response_uri is on its issuer's own origin.
  const { challenge, keyId, jws } = parseChallenge(delivery.challengeRequest);
  trace.challenge = challenge;

  // 2. The settings name its issuer.
  const server = findServer(challenge, answerer.servers);

  // 3. That issuer signed it.
  const key = await answerer.serverKeys.find(server, keyId);
  verifyChallengeSignature(jws, key);

  // 4. It is fresh.
  checkTokenTimes(challenge, answerer.clock.now());

  // 5. The page that delivered it may do so, by the settings and by the server's word.
  checkOrigin(delivery.origin, server, challenge);

  // 6. It has not been answered before.
  const giveBack = answerer.answered.claim(challenge, answerer.clock.now());

  let submission: Submission;
  try {
    // 7. Only now are the stores looked into: prove the device, or say why it cannot be.
    const answer = await proveDevice({ ...delivery, challenge }, answerer);
    trace.answer = answer;

    // 8. The answer goes straight to the server.
    submission = await submit(answer, challenge, server, answerer);
  } catch (error) {
    giveBack();
    throw error;
  }
  if (submission.ok) return submission.answer;
  if (!submission.processed) giveBack();
  throw submission.error;
}

function findServer(challenge: Challenge, servers: readonly TrustedServer[]): TrustedServer {
  const server = servers.find(({ issuer }) => issuer === challenge.issuer);
  if (server === undefined) throw new AgentError('issuer_untrusted');
  return server;
}

/** Both sides have given parsed origins, so equality of text is equality of origins (RFC 6454 §5). */
function checkOrigin(origin: string, server: TrustedServer, challenge: Challenge): void {
  if (!server.origins.includes(origin) || !challenge.origins.includes(origin)) {
    throw new AgentError('challenge_origin_refused');
  }
}

function submit(
  answer: DeviceAnswer,
  challenge: Challenge,
  server: TrustedServer,
  { serverClient, agentVersion }: Answerer,
): Promise<Submission> {
  if (answer.kind === 'proof') {
    return serverClient.submit(server, challenge.responseUri, proofMediaType, answer.proof);
  }
  const { transaction, nonce } = challenge;
  const decline = encodeDecline({ transaction, nonce, code: answer.code, agentVersion });
  const body = JSON.stringify(decline);
  return serverClient.submit(server, challenge.responseUri, 'application/json', body);
}
