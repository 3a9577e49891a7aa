import type { SignIn } from './sign-in-store.ts';

/**
 * States of a transaction: pending -> taken -> managed or refused; pending or taken -> cancelled;
 * pending -> expired where others pushed it out. One whose time is over is so whatever its state says.
 */
export type TransactionState =
  'pending' | 'taken' | 'managed' | 'refused' | 'cancelled' | 'expired';

/** One sign-in attempt: a challenge and what became of it. */
export interface Transaction {
  readonly id: string;
  /** SHA-256 of the browser session that started it, in base64url. */
  readonly session: string;
  /** The web origin that started it. */
  readonly origin: string;
  /** Id of the application that it is for; undefined for the server's own pages. */
  readonly application?: string | undefined;
  /** Whom the application says it signs in. */
  readonly user?: string | undefined;
  /** Hash of all that its challenge says besides nonce and times; see challenges/challenge-issuer.ts. */
  readonly terms: string;
  /** base64url. */
  readonly nonce: string;
  /** The challenge as it was issued, a compact JWS. */
  readonly challenge: string;
  readonly state: TransactionState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** What is handed out when a transaction is taken. */
export type TakenTransaction = Pick<Transaction, 'challenge' | 'origin' | 'application' | 'user'>;

/** Which pending transaction a browser may go on with. */
export interface PendingQuery {
  readonly session: string;
  readonly origin: string;
  readonly application?: string | undefined;
  readonly user?: string | undefined;
  readonly terms: string;
  /** The transaction must live beyond this moment. */
  readonly expiresAfter: Date;
  /** And not beyond this one: it was then started by a clock that has been set back since. */
  readonly expiresUntil: Date;
}

/** Transactions. */
export interface TransactionStore {
  /**
   * Adds a pending transaction. Where more than `maxPending` unexpired ones are pending then, the
   * oldest become expired, if not at once, then before there are one in a hundred too many.
   */
  add(transaction: Omit<Transaction, 'state'>, maxPending: number): Promise<void>;
  find(id: string): Promise<Transaction | undefined>;
  /** @returns the youngest pending transaction that fits */
  findPending(query: PendingQuery): Promise<Transaction | undefined>;
  /**
   * Turns a pending, unexpired transaction with this nonce into a taken one, atomically.
   *
   * @returns undefined where it was not taken, for whatever reason
   */
  take(id: string, nonce: string, now: Date): Promise<TakenTransaction | undefined>;
  /**
   * Writes the verdict of a taken transaction and its sign-in record: both or neither.
   *
   * @returns false where the transaction is no longer a taken one (it was cancelled, say)
   */
  conclude(signIn: SignIn): Promise<boolean>;
  /** @returns false where the transaction was neither pending nor taken */
  cancel(id: string): Promise<boolean>;
  /** @returns how many pending transactions there are that live beyond a moment */
  countPending(now: Date): Promise<number>;
  /**
   * Deletes transactions that expired before a moment.
   *
   * @param limit - most rows to delete
   * @returns how many were deleted
   */
  sweep(before: Date, limit: number): Promise<number>;
}
