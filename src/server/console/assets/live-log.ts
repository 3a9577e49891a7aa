/** The log of sign-ins, kept up to date while it is looked at; the reader can pause it. */
import { announce } from './announce.ts';

const interval = 4000;

/** Starts where the page has a live log. */
export function startLiveLog(): void {
  const log = document.querySelector<HTMLElement>('[data-live]');
  if (log === null) return;
  let isLive = true;
  const button = makeButton();
  log.before(button);
  button.addEventListener('click', () => {
    isLive = !isLive;
    button.setAttribute('aria-pressed', String(isLive));
    announce(isLive ? 'The log is live.' : 'The log is paused.');
  });
  setInterval(() => {
    // Nobody looks, or somebody reads what would be replaced.
    if (!isLive || document.hidden || log.contains(document.activeElement)) return;
    void refresh(log);
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
