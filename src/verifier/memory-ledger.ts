/** A ledger for servers of one process, which start anew without what was pending. */
import type { ChallengeLedger } from './challenge-ledger.ts';
import { VerificationError } from './errors.ts';
import type { IssuedChallenge } from './issue-challenge.ts';

/** A {@link ChallengeLedger} that is filled by hand. */
export interface MemoryLedger extends ChallengeLedger {
  /**
   * Remembers a challenge.
   *
   * @returns the same one
   */
  add(challenge: IssuedChallenge): IssuedChallenge;
}

/**
 * Makes a ledger in this process's memory.
 *
 * @param capacity - most challenges pending at a time; beyond it, the oldest are forgotten
 */
export function createMemoryLedger(capacity: number): MemoryLedger {
  const pending = new Map<string, IssuedChallenge>();
  return {
    add(challenge) {
      pending.set(challenge.transaction, challenge);
      const oldest = pending.keys().next();
      if (pending.size > capacity && oldest.done !== true) pending.delete(oldest.value);
      return challenge;
    },
    take(transaction, nonce, now) {
      const challenge = pending.get(transaction);
      if (challenge?.nonce !== nonce || challenge.expiresAt <= now) {
        return Promise.reject(new VerificationError('challenge_not_pending'));
      }
      pending.delete(transaction);
      return Promise.resolve(challenge.challengeRequest);
    },
  };
}
