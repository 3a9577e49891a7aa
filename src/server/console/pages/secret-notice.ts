/** Secrets that are shown once. */
import { copyable, notice } from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';

/** The secret is in this answer alone. */
export function secretNotice(secret: string, what = 'client secret'): Html {
  return notice(
    'warn',
    html`<p class="notice-title">Copy the ${what} now</p>
      <p>It is shown this once; only its hash is kept.</p>
      <p class="secret">${copyable(secret, what)}</p>`,
    'status',
  );
}
