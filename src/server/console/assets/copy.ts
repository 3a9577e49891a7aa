import { announce } from './announce.ts';

/** Puts a button beside values that people copy. */
export function addCopyButtons(): void {
  for (const place of document.querySelectorAll<HTMLElement>('.copyable')) {
    const value = place.querySelector('code')?.textContent;
    if (value === undefined) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.dataset['kind'] = 'quiet';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', place.dataset['copyLabel'] ?? 'Copy');
    button.addEventListener('click', () => {
      navigator.clipboard.writeText(value).then(
        () => {
          button.textContent = 'Copied';
          announce('Copied.');
        },
        () => {
          announce('The browser did not let the page copy; select the text instead.');
        },
      );
    });
    place.append(button);
  }
}
