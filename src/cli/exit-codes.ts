/** Exit codes of both programs; docs/cli.md lists them. Scripts depend on them: never renumber. */
export const exitCodes = {
  /** Done. */
  success: 0,
  /** The command was understood and failed; standard error says why. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** `certs check`, `certs explain`: no certificate there would prove a device as managed. */
  noManagedCertificate: 3,
  /** `status`: no agent of this user is running. */
  notRunning: 4,
  /** `run`: an agent of this user is already running. */
  alreadyRunning: 5,
  /** `run`: none of the ports is free. */
  noPortFree: 6,
  /** The settings file that was named is missing, or is no JSON object. */
  settings: 7,
  /** The audit log was changed, or lines are missing. */
  auditLogDamaged: 8,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
