/** The agent's loopback endpoint (docs/protocol.md, "Loopback endpoint"). */
import { parseMessage } from './message.ts';
import { readText } from './claims.ts';
import { protocolLimits } from './limits.ts';

/** Ports an agent tries in order, and a page probes in order, where settings name no others. */
export const defaultLoopbackPorts: readonly number[] = [21861, 21862, 21863, 21864, 21865];

/** Paths of the endpoint. */
export const loopbackPaths = { probe: '/probe', challenge: '/challenge' } as const;

/** Body of a successful probe: that an agent is there, and nothing else. */
export const probeAnswer = { agent: 'countersign' } as const;

/** Body of a delivered challenge: the server has the answer. */
export const deliveredAnswer = { status: 'delivered' } as const;

/**
 * Reads the body of `POST /challenge`.
 *
 * @param text - the JSON body, exactly `{"challengeRequest": "<JWS>"}` in what it must hold
 * @returns the challenge JWS, unread
 * @throws ProtocolError
 */
export function parseChallengeDelivery(text: string): string {
  const body = parseMessage(text, protocolLimits.loopbackBodyBytes);
  return readText(body, 'challengeRequest', protocolLimits.challengeLength);
}
