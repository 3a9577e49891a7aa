/** A session of a person who signed in with a managed device. */
export interface Session {
  /** SHA-256 of the cookie's value, in base64url. */
  readonly id: string;
  /** The transaction whose verdict opened it. */
  readonly transaction: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Sessions of the server's own pages. */
export interface SessionStore {
  /** @returns false, with nothing added, where the transaction has opened a session before */
  add(session: Session): Promise<boolean>;
  /** @returns the session, or undefined where there is none that lives beyond `now` */
  find(id: string, now: Date): Promise<Session | undefined>;
  /** Ends one at a moment; that its transaction has opened it stays known until it is swept. */
  end(id: string, at: Date): Promise<void>;
  /**
   * Deletes those that expired before a moment.
   *
   * @param limit - most rows to delete
   * @returns how many were deleted
   */
  sweep(before: Date, limit: number): Promise<number>;
}
