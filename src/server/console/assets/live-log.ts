/** The log of sign-ins, kept up to date while it is looked at; the reader can pause it. */
import { announce } from './announce.ts';

const interval = 4000;

/** Without a sign of its reader for this long, the log pauses: a forgotten tab must not keep a session alive. */
const attention = 20 * 60_000;

/** Starts where the page has a live log. */
export function startLiveLog(): void {
  const log = document.querySelector<HTMLElement>('[data-live]');
  if (log === null) return;
  let isLive = true;
  let lastSign = Date.now();
  const button = makeButton();
  log.before(button);
  const setLive = (live: boolean): void => {
    isLive = live;
    button.setAttribute('aria-pressed', String(live));
    announce(live ? 'The log is live.' : 'The log is paused.');
  };
  for (const sign of ['pointerdown', 'pointermove', 'keydown', 'scroll']) {
    document.addEventListener(sign, () => (lastSign = Date.now()), { passive: true });
  }
  button.addEventListener('click', () => {
    setLive(!isLive);
  });
  setInterval(() => {
    // Nobody looks, or somebody reads what would be replaced.
    if (!isLive || document.hidden || log.contains(document.activeElement)) return;
    if (Date.now() - lastSign > attention) setLive(false);
    else void refresh(log);
  }, interval);
}

function makeButton(): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button live-button';
  button.textContent = 'Live';
  button.setAttribute('aria-pressed', 'true');
  return button;
}

async function refresh(log: HTMLElement): Promise<void> {
  const response = await fetch(location.href, { headers: { accept: 'text/html' } }).catch(
    () => undefined,
  );
  // A redirect leads to the sign-in page: the session is over.
  if (response?.ok !== true || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const fresh = page.querySelector('[data-live]');
  if (fresh === null) return;
  const known = new Set(entriesOf(log));
  const news = entriesOf(fresh).filter((entry) => !known.has(entry)).length;
  if (news === 0) return;
  log.replaceChildren(...fresh.children);
  announce(`${news} new sign-in${news === 1 ? '' : 's'}.`);
}

function entriesOf(log: Element): readonly string[] {
  return [...log.querySelectorAll<HTMLAnchorElement>('tbody th a')].map(
    (link) => link.getAttribute('href') ?? '',
  );
}
