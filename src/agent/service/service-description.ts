/**
 * The agent as a service, described once for every service manager. An agent proves the device to the
 * pages of its own user and of nobody else, so each user has one: there is none for the machine.
 */

/** Whose service is installed: this user's, or that of every user who signs in to the machine. */
export type ServiceScope = 'user' | 'all-users';

/** What every service manager is told. */
export interface ServiceDescription {
  readonly scope: ServiceScope;
  /** Absolute path of the program, and its arguments; no control characters. */
  readonly command: readonly string[];
}

/** What people are shown. */
export const serviceTitle = 'Countersign device agent';

/** Seconds until an agent that failed is started again. */
export const restartSeconds = 15;

/** Seconds within which the agent has ended once it was told to; it takes 5 for what is under way. */
export const stopSeconds = 15;
