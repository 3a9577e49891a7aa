import { isCountersignError } from '../core/index.ts';
import type {
  VerificationCheck,
  VerificationCheckName,
  VerificationResult,
} from '../protocol/index.ts';

/** What a verification finds on its way, whether or not it ends well. */
export type VerificationFindings = Pick<VerificationResult, 'path' | 'refusedPaths' | 'device'>;

/** Writes down each check of a proof as it is made, and what was found. */
export class VerificationRecord {
  readonly checks: VerificationCheck[] = [];
  findings: VerificationFindings = {};

  /** Adds to the findings. */
  find(found: VerificationFindings): void {
    this.findings = { ...this.findings, ...found };
  }

  /** Notes a check that was made elsewhere, or not at all. */
  note(check: VerificationCheckName, outcome: VerificationCheck['outcome'], message: string): void {
    this.checks.push({ check, outcome, message });
  }

  /**
   * Makes a check and notes how it came out.
   *
   * @param check - its name
   * @param passed - the sentence for when it passes
   * @param action - the check: throws a typed error where it fails
   * @returns what the action returns
   */
  make<Result>(check: VerificationCheckName, passed: string, action: () => Result): Result {
    try {
      const result = action();
      this.note(check, 'passed', passed);
      return result;
    } catch (error) {
      if (isCountersignError(error)) this.note(check, 'failed', error.message);
      throw error;
    }
  }

  /** As {@link make} for a check that takes its time; that it passed is noted by who asks. */
  async makeAsync<Result>(
    check: VerificationCheckName,
    action: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      if (isCountersignError(error)) this.note(check, 'failed', error.message);
      throw error;
    }
  }
}
