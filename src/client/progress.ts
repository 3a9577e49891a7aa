/** What a sign-in tells the page while it runs, and how long it may take. */

/**
 * The steps, in order: get a challenge from the server, find the agent, deliver the challenge to
 * it, wait for the server's verdict.
 */
export type SignInStep = 'challenge' | 'agent' | 'delivery' | 'verdict';

/** Something to show while a sign-in runs. */
export interface SignInProgress {
  readonly step: SignInStep;
  /** `waiting_for_permission`: the browser is probably asking whether the page may reach the agent. */
  readonly state: 'started' | 'waiting_for_permission';
}

/** Time limits, in milliseconds. */
export interface SignInTimeouts {
  /** For one port to answer, where the browser has no question to ask. */
  readonly probe: number;
  /** For one port to answer, where the browser may ask the person for permission first. */
  readonly permission: number;
  /** For the whole sign-in. */
  readonly total: number;
}

/** The time limits that hold where the page names no others. */
export const defaultTimeouts: SignInTimeouts = { probe: 3000, permission: 60_000, total: 120_000 };
