/** What ends a packaging run with a sentence instead of a stack. */

/** Exit codes of scripts/package; docs/deploy/packages.md lists them. */
export const exitCodes = {
  /** A package could not be made; standard error says why. */
  failure: 1,
  /** The command line is wrong. */
  usage: 2,
  /** All is made that can be made on this system; standard error says what another one has to do. */
  needsOtherSystem: 3,
};

/** An expected failure. */
export class PackagingError extends Error {
  /**
   * @param {string} message - for people; says what to do
   * @param {number} exitCode - of {@link exitCodes}
   */
  constructor(message, exitCode = exitCodes.failure) {
    super(message);
    this.name = 'PackagingError';
    this.exitCode = exitCode;
  }
}
