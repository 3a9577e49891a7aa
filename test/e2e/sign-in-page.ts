/** The demonstration's sign-in page, as a person sees it. */
import type { Page } from 'playwright-core';

/** What the page shows when a sign-in has ended. */
export interface ShownOutcome {
  readonly status: string | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Code and sentence that the agent or the server gave for a failure. */
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** Subjects of the certificates shown, in order. */
  readonly subjects: readonly string[];
  /** Checks by name, with their outcomes. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Presses the button on an open page and waits for the outcome. */
export async function signIn(page: Page): Promise<ShownOutcome> {
  await page.locator('#start').click();
  return shownOutcome(page);
}

/** Waits for the outcome of a sign-in that is under way. */
export async function shownOutcome(page: Page): Promise<ShownOutcome> {
  await page.locator('#outcome:not([hidden])').waitFor();
  return page.evaluate(() => {
    const text = (selector: string): string | null =>
      document.querySelector(selector)?.textContent ?? null;
    const texts = (selector: string): string[] =>
      [...document.querySelectorAll(selector)].map((element) => element.textContent);
    const names = texts('#outcome tbody th');
    const outcomes = [...document.querySelectorAll<HTMLElement>('#outcome td[data-outcome]')];
    return {
      status: document.querySelector<HTMLElement>('#outcome')?.dataset['status'] ?? null,
      code: text('#outcome-code'),
      message: text('#outcome-message'),
      reasonCode: text('#outcome-reason-code'),
      reason: text('#outcome-reason'),
      subjects: texts('#outcome .subject'),
      checks: Object.fromEntries(
        names.map((name, index) => [name, outcomes[index]?.dataset['outcome'] ?? '']),
      ),
    };
  });
}
