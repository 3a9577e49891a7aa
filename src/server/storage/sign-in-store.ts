import type { VerificationResult } from '../../protocol/index.ts';
import type { Page, PageQuery } from './paging.ts';

/** One verdict, kept for people who ask why. */
export interface SignIn {
  /** The web origin whose sign-in page started the transaction. */
  readonly origin: string;
  readonly result: VerificationResult;
  /** Id of the application that asked; undefined for the server's own pages. */
  readonly application?: string | undefined;
  /** Id of the device in the inventory, where one was recognised. */
  readonly device?: string | undefined;
  /** Whom the application said it signs in. */
  readonly user?: string | undefined;
}

/** Which sign-ins to list, youngest first. Filters that are given must all fit. */
export interface SignInQuery extends PageQuery {
  /** Decided at this moment or later. */
  readonly from?: Date | undefined;
  /** Decided before this moment. */
  readonly before?: Date | undefined;
  readonly managed?: boolean | undefined;
  /** What became of the sign-in: allowed or denied. */
  readonly allowed?: boolean | undefined;
  readonly code?: string | undefined;
  readonly application?: string | undefined;
  readonly device?: string | undefined;
  readonly user?: string | undefined;
}

/** Verdicts of one hour, application and code. */
export interface SignInCount {
  /** The hour's first moment, UTC. */
  readonly hour: Date;
  readonly application: string | undefined;
  readonly code: string;
  readonly allowed: boolean;
  readonly count: number;
}

/** Verdicts. Written by {@link TransactionStore.conclude}. */
export interface SignInStore {
  find(transaction: string): Promise<SignIn | undefined>;
  list(query: SignInQuery): Promise<Page<SignIn>>;
  /** Counts of the hours from `from` until before `to`; they outlive the verdicts. */
  counts(from: Date, to: Date): Promise<readonly SignInCount[]>;
  /**
   * Deletes those decided before a moment; their counts stay.
   *
   * @param limit - most rows to delete
   * @returns how many were deleted
   */
  sweep(before: Date, limit: number): Promise<number>;
  /**
   * Deletes the counts of hours that began before a moment.
   *
   * @param limit - most rows to delete
   * @returns how many were deleted
   */
  sweepCounts(before: Date, limit: number): Promise<number>;
}
