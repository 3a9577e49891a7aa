import { html, type Html } from '../../html/index.ts';
import { address } from './address.ts';
import { linkButton } from './elements.ts';
import type { Viewer } from './layout.ts';

/**
 * A form for which one must have signed in lately, or the way to do so.
 *
 * @param purpose - what for, such as `make a token`
 * @param back - where the sign-in leads back to, below /admin
 * @param form - made only where it can be sent
 */
export function unlessOld(
  { recent }: Viewer,
  purpose: string,
  back: readonly string[],
  form: () => Html,
): Html {
  if (recent) return form();
  return html`<p>Your sign-in is more than 10 minutes old. To ${purpose}, sign in again.</p>
    <div class="form-actions">
      ${linkButton(address(['sign-in'], { next: address(back) }), 'Sign in again')}
    </div>`;
}
