/** Runs a sign-in at once, shows how it goes, and goes back to the application with its outcome. */
// The page loads /client/countersign.js, as any page would: nothing of it is imported but types.
import type { SignInOutcome } from '../../../client/index.ts';
import { announce, byId, showProgress, showSteps } from '../../sign-in-page/page/progress.ts';
import { nextSteps } from './next-steps.ts';

const server = document.querySelector('main')?.dataset['signIn'] ?? '';
const againButton = byId('again') as HTMLButtonElement;
const giveUpButton = byId('give-up') as HTMLButtonElement;

let running: AbortController | undefined;
/** The transaction whose refusal is on show. */
let refused: string | undefined;

againButton.addEventListener('click', () => void run());
giveUpButton.addEventListener('click', () => void leave(refused));
void run();

async function run(): Promise<void> {
  refused = undefined;
  againButton.hidden = true;
  byId('outcome').hidden = true;
  running = new AbortController();
  const { signal } = running;
  const outcome = await countersign.signIn({ server, signal, onProgress: showProgress });
  byId('hint').hidden = true;
  if (signal.aborted) return;
  showSteps(outcome.status === 'failed' ? outcome.step : undefined, 'failed');
  if (outcome.status === 'managed') await leave(outcome.transaction);
  else showOutcome(outcome);
}

/** Has the server answer the application, and goes where it says. */
async function leave(transaction: string | undefined): Promise<void> {
  running?.abort();
  giveUpButton.disabled = true;
  const response = await fetch(`${server}/finish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(transaction === undefined ? {} : { transaction }),
  }).catch(() => undefined);
  if (response?.ok === true) {
    if (transaction !== undefined && transaction !== refused) byId('leaving').hidden = false;
    location.assign(((await response.json()) as { location: string }).location);
    return;
  }
  giveUpButton.disabled = false;
  const problem = (await response?.json().catch(() => undefined)) as Problem | undefined;
  showOutcome({
    status: 'failed',
    step: 'verdict',
    code: response === undefined ? 'server_unreachable' : 'server_refused',
    message: 'The server could not finish the sign-in.',
    ...(problem === undefined ? {} : { reason: { code: problem.code, message: problem.detail } }),
  });
}

/** What the server says of a failure (RFC 9457). */
interface Problem {
  readonly code: string;
  readonly detail: string;
}

function showOutcome(outcome: Exclude<SignInOutcome, { status: 'managed' }>): void {
  const failed = outcome.status === 'failed';
  const { code, message } = failed ? outcome : outcome.result;
  const reason = failed ? outcome.reason : undefined;
  if (!failed) refused = outcome.transaction;
  byId('outcome').dataset['tone'] = failed ? 'warn' : 'bad';
  show(
    'outcome-title',
    failed ? 'The sign-in did not get through' : 'This device was not accepted',
  );
  show('outcome-message', message);
  show('outcome-reason', reason?.message);
  show('outcome-code', reason?.code ?? code);
  show('outcome-transaction', outcome.transaction);
  byId('outcome-reference').hidden = outcome.transaction === undefined;
  byId('outcome-steps').replaceChildren(
    ...nextSteps(failed ? outcome.code : code).map((sentence) => {
      const item = document.createElement('li');
      item.textContent = sentence;
      return item;
    }),
  );
  againButton.hidden = false;
  byId('outcome').hidden = false;
  announce('');
  // Screen readers go on with the outcome: its title names the section.
  byId('outcome').focus();
}

/** Fills an element; an element without a text is hidden. */
function show(id: string, text: string | undefined): void {
  const element = byId(id);
  element.textContent = text ?? '';
  element.hidden = text === undefined;
}
