/**
 * Shows how a sign-in goes. The page has the list #steps, with an item for each step, and #hint (while
 * the browser asks for its permission) and #announcement (for screen readers).
 */
import type { SignInProgress, SignInStep } from '../../../client/index.ts';

const steps = [...byId('steps').querySelectorAll<HTMLElement>('[data-step]')];

/** Shows that a step has begun, or waits. */
export function showProgress({ step, state }: SignInProgress): void {
  showSteps(step, 'active');
  const hint = byId('hint');
  hint.hidden = state !== 'waiting_for_permission';
  const item = steps.find((one) => one.dataset['step'] === step);
  announce((state === 'started' ? item : hint)?.textContent);
}

/** Marks the steps before `step` as done; all of them where there is none. */
export function showSteps(step: SignInStep | undefined, state: 'active' | 'failed'): void {
  const current = steps.findIndex((item) => item.dataset['step'] === step);
  for (const [index, item] of steps.entries()) {
    item.removeAttribute('aria-current');
    if (current === -1 || index < current) item.dataset['state'] = 'done';
    else delete item.dataset['state'];
  }
  const item = steps[current];
  if (item === undefined) return;
  item.dataset['state'] = state;
  if (state === 'active') item.setAttribute('aria-current', 'step');
}

/** Has screen readers say a text; undefined ends what they were to say. */
export function announce(text: string | undefined): void {
  byId('announcement').textContent = text?.replace(/\s+/g, ' ').trim() ?? '';
}

/** The page's element with an id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element "${id}"`);
  return found;
}
