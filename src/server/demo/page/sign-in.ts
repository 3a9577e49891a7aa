/** Runs the sign-in page: one button, the steps as they happen, and the outcome with its reasons. */
// The page loads /client/countersign.js, as any page would: nothing of it is imported but types.
import type { SignInOutcome } from '../../../client/index.ts';
import { announce, byId, showProgress, showSteps } from '../../sign-in-page/page/progress.ts';
import { element, moment } from './elements.ts';
import { nextSteps } from './next-steps.ts';
import { verdictDetails } from './verdict-view.ts';

const startButton = byId('start') as HTMLButtonElement;
const cancelButton = byId('cancel') as HTMLButtonElement;
const outcomeSection = byId('outcome');

startButton.addEventListener('click', () => void run());

async function run(): Promise<void> {
  const cancel = new AbortController();
  const onCancel = (): void => {
    cancel.abort();
  };
  cancelButton.addEventListener('click', onCancel);
  showRunning(true);
  const outcome = await countersign.signIn({ signal: cancel.signal, onProgress: showProgress });
  cancelButton.removeEventListener('click', onCancel);
  const account = outcome.status === 'managed' ? await openSession(outcome.transaction) : undefined;
  showRunning(false);
  startButton.hidden = account !== undefined;
  showSteps(outcome.status === 'failed' ? outcome.step : undefined, 'failed');
  showOutcome(outcome, account);
}

/** The application's own server asks the verdict from the Countersign server: this is no claim. */
async function openSession(transaction: string): Promise<string | undefined> {
  const response = await fetch('session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ transaction }),
  }).catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return ((await response.json()) as { location: string }).location;
}

function showRunning(running: boolean): void {
  startButton.disabled = running;
  startButton.textContent = running ? 'Signing in …' : 'Sign in again';
  cancelButton.hidden = !running;
  byId('hint').hidden = true;
  byId('steps').hidden = false;
  if (running) outcomeSection.hidden = true;
}

function showOutcome(outcome: SignInOutcome, account: string | undefined): void {
  const steps = nextSteps(outcome);
  outcomeSection.dataset['status'] = outcome.status;
  outcomeSection.replaceChildren(
    banner(outcome),
    ...(account === undefined ? [] : [continueLink(account)]),
    ...(steps.length === 0 ? [] : [element('h3', {}, 'What to do next'), numbered(steps)]),
    ...(outcome.status === 'failed' ? [] : verdictDetails(outcome.result)),
    ...(outcome.transaction === undefined ? [] : [reference(outcome.transaction, outcome)]),
  );
  outcomeSection.hidden = false;
  announce('');
  // Screen readers go on with the outcome: its title names the section.
  outcomeSection.focus();
}

const titles = {
  managed: 'This device is managed',
  refused: 'This device was not accepted',
  failed: 'The sign-in did not get through',
} as const;

const tones = { managed: 'good', refused: 'bad', failed: 'warn' } as const;

function banner(outcome: SignInOutcome): HTMLElement {
  const { code, message } = outcome.status === 'failed' ? outcome : outcome.result;
  const reason = outcome.status === 'failed' ? outcome.reason : undefined;
  return element(
    'div',
    { class: 'banner', 'data-tone': tones[outcome.status] },
    element('h2', { id: 'outcome-title' }, titles[outcome.status]),
    element('p', { id: 'outcome-message' }, message),
    reason === undefined ? undefined : element('p', { id: 'outcome-reason' }, reason.message),
    element(
      'p',
      { class: 'small' },
      'Code: ',
      element('code', { id: 'outcome-code' }, code),
      ...(reason === undefined
        ? []
        : [', because of ', element('code', { id: 'outcome-reason-code' }, reason.code)]),
    ),
  );
}

function continueLink(location: string): HTMLElement {
  const link = element(
    'a',
    { class: 'button primary', href: location },
    'Continue to the application',
  );
  return element('p', {}, link);
}

function numbered(steps: readonly string[]): HTMLElement {
  return element('ol', { class: 'next' }, ...steps.map((step) => element('li', {}, step)));
}

function reference(transaction: string, outcome: SignInOutcome): HTMLElement {
  return element(
    'p',
    { class: 'small reference' },
    'Transaction ',
    element('code', {}, transaction),
    ...(outcome.status === 'failed' ? [] : [', decided ', moment(outcome.result.decidedAt)]),
  );
}
