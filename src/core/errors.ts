/**
 * The one base of every error this project throws on purpose.
 *
 * A layer declares its codes as a table and one subclass per kind of failure. Codes are stable;
 * sentences may be improved. Every code stands in docs/errors.md, which a test holds to the tables.
 */

/** A table of errors: stable code -> one public sentence that says what is wrong and what to do. */
export type ErrorTable<Code extends string = string> = Readonly<Record<Code, string>>;

/** What an error may carry besides its code. */
export interface ErrorDetails {
  /** A more specific sentence than the table's. Public: it holds no secret. */
  readonly message?: string | undefined;
  /** What was caught, kept for logs; never sent over HTTP. */
  readonly cause?: unknown;
}

/**
 * Base class of all typed errors: `code` is the stable, machine-readable name, `message` a sentence
 * for people.
 */
export abstract class CountersignError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, table: ErrorTable<Code>, details: ErrorDetails = {}) {
    super(
      details.message ?? table[code],
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = new.target.name;
    this.code = code;
  }
}

/** True for every typed error of this project; `instanceof` alone would lose the type of `code`. */
export function isCountersignError(error: unknown): error is CountersignError {
  return error instanceof CountersignError;
}

/**
 * One line for a log, of any thrown value.
 *
 * @returns `code: message` for typed errors, the bare message for others
 */
export function describeError(error: unknown): string {
  if (isCountersignError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
