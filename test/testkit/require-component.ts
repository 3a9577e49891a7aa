/**
 * The one gate for suites that need something installed on the machine. No suite is skipped
 * silently: on a developer's machine a skipped suite is named with its reason, and in CI a missing
 * component fails the run.
 */
import { describe, it } from 'vitest';

/** A thing that a suite needs and that ./scripts/test can install. */
export interface Component {
  /** Its name, as people know it. */
  readonly name: string;
  /** Where it was found; undefined where it is missing. */
  readonly found: string | undefined;
  /** How to get it, as a command or a sentence. */
  readonly howToGet: string;
}

/**
 * Declares a suite that runs where all its components are there.
 *
 * @param title - the suite's title
 * @param components - what it needs
 * @param suite - the tests, given where each component was found, by order
 */
export function describeWith(
  title: string,
  components: readonly Component[],
  suite: (found: readonly string[]) => void,
): void {
  const missing = components.filter((component) => component.found === undefined);
  if (missing.length === 0) {
    describe(title, () => {
      suite(components.map((component) => component.found ?? ''));
    });
    return;
  }
  const reason = missing.map((c) => `${c.name} is missing (${c.howToGet})`).join('; ');
  if (process.env['CI'] === 'true') {
    describe(title, () => {
      it('has every component it needs', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  describe.skip(`${title} — skipped: ${reason}`, () => {
    suite(components.map((component) => component.found ?? ''));
  });
}

/**
 * Declares a suite of one operating system. Elsewhere it is skipped by name and reason, in CI too: no
 * command could bring the system here.
 *
 * @param platform - as process.platform has it
 * @param title - the suite's title
 * @param suite - the tests
 */
export function describeOn(platform: NodeJS.Platform, title: string, suite: () => void): void {
  if (process.platform === platform) describe(title, suite);
  else describe.skip(`${title} — skipped: it runs on ${platform} only`, suite);
}
