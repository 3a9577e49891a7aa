/** Remembers which challenges were answered, until they expire (docs/protocol.md: answered once). */
import type { Challenge } from '../../protocol/index.ts';
import { protocolLimits } from '../../protocol/index.ts';
import { AgentError } from '../errors.ts';

/** Most challenges remembered at a time; each was signed by a trusted server. */
const maxRemembered = 4096;

/** The memory against replay. Bounded: where it is full, new challenges are refused, none forgotten. */
export class AnsweredChallenges {
  readonly #expiry = new Map<string, number>();

  /**
   * Claims a challenge for the one who answers it.
   *
   * @param challenge - whose signature and times have been checked
   * @param now - the present moment
   * @returns gives the claim back, for an answer that was never sent
   * @throws AgentError `challenge_already_answered`, or `too_many_requests` where the memory is full
   */
  claim(challenge: Pick<Challenge, 'issuer' | 'transaction' | 'expiresAt'>, now: Date): () => void {
    const seconds = now.getTime() / 1000;
    // A string of both that no other pair makes.
    const key = JSON.stringify([challenge.issuer, challenge.transaction]);
    if ((this.#expiry.get(key) ?? 0) > seconds) throw new AgentError('challenge_already_answered');
    if (this.#expiry.size >= maxRemembered) this.#forgetExpired(seconds);
    if (this.#expiry.size >= maxRemembered) throw new AgentError('too_many_requests');
    this.#expiry.set(key, challenge.expiresAt + protocolLimits.clockSkewSeconds);
    return () => void this.#expiry.delete(key);
  }

  #forgetExpired(seconds: number): void {
    for (const [key, expiry] of this.#expiry) if (expiry <= seconds) this.#expiry.delete(key);
  }
}
