/** Checks an audit log: that every line is as it was written, and none is missing. */
import { chainStart, parseAuditLine, type AuditLine, type AuditLink } from './audit-chain.ts';
import { readLines, type FileLine } from './audit-files.ts';
import { auditErrors, type AuditErrorCode } from './errors.ts';

/** A place in a log where something is wrong. */
export interface AuditProblem {
  readonly file: string;
  /** The first is 1. */
  readonly line: number;
  readonly code: AuditErrorCode;
  readonly message: string;
}

/** A line that was being written when the agent was ended. Nothing else is lost by it. */
export interface TornLine {
  readonly file: string;
  readonly line: number;
}

/** What the check found. */
export interface AuditVerification {
  /** No problem was found. */
  readonly intact: boolean;
  readonly records: number;
  /** Where the log begins and ends; undefined where it is empty. */
  readonly first: AuditLink | undefined;
  readonly last: AuditLink | undefined;
  readonly torn: readonly TornLine[];
  /** The first {@link maxProblems} of them. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

/** Most problems that are kept: a log of rubbish is as bad with a hundred. */
export const maxProblems = 100;

/**
 * Verifies a log.
 *
 * @param files - in the order in which they were written, the oldest first
 * @param expected - a link seen earlier, which the log must still hold
 * @throws the system's error where a file cannot be read
 */
export async function verifyAuditLog(
  files: readonly string[],
  expected?: AuditLink,
): Promise<AuditVerification> {
  const check = new ChainCheck(expected);
  for await (const { file, line } of readLines(files)) check.take(file, line);
  return check.finish();
}

interface Place {
  readonly file: string;
  readonly line: FileLine;
}

class ChainCheck {
  readonly #expected: AuditLink | undefined;
  #expectedFound = false;
  #records = 0;
  #first: AuditLink | undefined;
  #last: AuditLink | undefined;
  readonly #torn: TornLine[] = [];
  readonly #problems: AuditProblem[] = [];
  #problemCount = 0;
  /** A line that is no record: a torn one, where the next record says so. */
  #fragment: Place | undefined;
  #place: Place | undefined;

  constructor(expected: AuditLink | undefined) {
    this.#expected = expected;
  }

  take(file: string, line: FileLine): void {
    const place = { file, line };
    this.#place = place;
    const parsed = line.text === undefined ? undefined : parseAuditLine(line.text);
    if (parsed === undefined) {
      if (this.#fragment !== undefined) this.#report('audit_line_invalid', this.#fragment);
      this.#fragment = place;
      return;
    }
    this.#records++;
    this.#first ??= parsed.link;
    if (!parsed.genuine) this.#report('audit_line_changed', place);
    this.#checkFragment(parsed, place);
    this.#checkOrder(parsed, place);
    if (parsed.link.sequence === this.#expected?.sequence) {
      this.#expectedFound ||= parsed.link.hash === this.#expected.hash;
    }
    this.#last = parsed.link;
  }

  finish(): AuditVerification {
    const fragment = this.#fragment;
    if (fragment !== undefined) {
      if (fragment.line.ended) this.#report('audit_line_invalid', fragment);
      else this.#torn.push({ file: fragment.file, line: fragment.line.number });
    }
    if (this.#expected !== undefined && !this.#expectedFound) {
      this.#report('audit_expected_missing', this.#place);
    }
    return {
      intact: this.#problemCount === 0,
      records: this.#records,
      first: this.#first,
      last: this.#last,
      torn: this.#torn,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  #checkFragment({ genuine, record }: AuditLine, place: Place): void {
    const fragment = this.#fragment;
    this.#fragment = undefined;
    const saysTorn = genuine && record['event'] === 'torn_line';
    if (fragment === undefined) {
      if (saysTorn) this.#report('audit_chain_broken', place, 'The line cut short is gone.');
    } else if (saysTorn && record['bytes'] === fragment.line.length) {
      this.#torn.push({ file: fragment.file, line: fragment.line.number });
    } else {
      this.#report('audit_line_invalid', fragment);
    }
  }

  #checkOrder({ link, previous, record }: AuditLine, place: Place): void {
    const { sequence } = link;
    const startsChain = sequence === 1 && previous === chainStart.hash;
    if (startsChain && record['event'] === 'chain_restarted') {
      this.#report('audit_chain_restarted', place);
      return;
    }
    const last = this.#last;
    if (last === undefined) {
      // The files before may have been deleted for their age; a chain's first line has no line before it.
      if (sequence === 1 && !startsChain) this.#report('audit_chain_broken', place);
      return;
    }
    const due = last.sequence + 1;
    if (sequence === due && previous === last.hash) return;
    this.#report('audit_chain_broken', place, orderMessage(sequence, due));
  }

  #report(code: AuditErrorCode, place: Place | undefined, message?: string): void {
    this.#problemCount++;
    if (this.#problems.length >= maxProblems) return;
    this.#problems.push({
      file: place?.file ?? '',
      line: place?.line.number ?? 0,
      code,
      message: message === undefined ? auditErrors[code] : `${auditErrors[code]} ${message}`,
    });
  }
}

function orderMessage(sequence: number, due: number): string {
  if (sequence === due) return `Record ${sequence} does not follow the one before it.`;
  if (sequence === due + 1) return `Record ${due} is missing.`;
  return sequence > due
    ? `Records ${due} to ${sequence - 1} are missing.`
    : `Record ${sequence} stands where record ${due} was due.`;
}
