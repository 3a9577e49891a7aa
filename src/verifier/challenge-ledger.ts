/** Where the verifier gets the challenge that a proof answers. The embedder's storage stands behind it. */
export interface ChallengeLedger {
  /**
   * Hands out the challenge of a pending transaction once, and never again: of any number of calls
   * at the same time, for the same transaction, one at most succeeds.
   *
   * @param transaction - the proof's `txn`
   * @param nonce - the proof's `nonce`; a wrong one must not use the transaction up
   * @param now - the moment to check the transaction's end against
   * @returns the challenge, a compact JWS, exactly as it was issued
   * @throws a typed error of the embedder's where the transaction is unknown, over or answered
   */
  take(transaction: string, nonce: string, now: Date): Promise<string>;
}
