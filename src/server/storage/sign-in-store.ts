import type { VerificationResult } from '../../protocol/index.ts';

/** One verdict, kept for people who ask why. */
export interface SignIn {
  /** The web origin whose sign-in page started the transaction. */
  readonly origin: string;
  readonly result: VerificationResult;
}

/** Which sign-ins to list. */
export interface SignInQuery {
  readonly limit: number;
  /** Only those decided before this moment. */
  readonly before?: Date;
  readonly managed?: boolean;
}

/** Verdicts. Written by {@link TransactionStore.conclude}. */
export interface SignInStore {
  find(transaction: string): Promise<SignIn | undefined>;
  /** Youngest first. */
  list(query: SignInQuery): Promise<readonly SignIn[]>;
  /**
   * Deletes those decided before a moment.
   *
   * @param limit - most rows to delete
   * @returns how many were deleted
   */
  sweep(before: Date, limit: number): Promise<number>;
}
