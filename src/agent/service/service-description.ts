/** The agent as a service, described once for every service manager. */

/**
 * Whose service it is. `user` and `all-users`: each user has an agent of their own, in their own session,
 * installed by the user or once for everybody. `machine`: the machine has one agent, which runs without
 * anybody signed in and answers every ordinary account.
 */
export type ServiceScope = 'user' | 'all-users' | 'machine';

/** What every service manager is told. */
export interface ServiceDescription {
  readonly scope: ServiceScope;
  /** Absolute path of the program, and its arguments; no control characters. */
  readonly command: readonly string[];
}

/** What people are shown. */
export const serviceTitle = 'Countersign device agent';

/** The same for a machine's agent. */
export const machineServiceTitle = 'Countersign machine agent';

/** Seconds until an agent that failed is started again. */
export const restartSeconds = 15;

/** Seconds within which the agent has ended once it was told to; it takes 5 for what is under way. */
export const stopSeconds = 15;
