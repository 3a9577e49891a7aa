/** The page before something that people feel at once, or that cannot be undone. */
import {
  linkButton,
  pageHead,
  postForm,
  submitButton,
  type ButtonValue,
  type ConsolePage,
  type FormField,
  type Viewer,
} from '../markup/index.ts';
import { html, type HtmlValue } from '../../html/index.ts';

/** What is asked. */
export interface Confirmation {
  readonly title: string;
  readonly area: string;
  /** What will happen. */
  readonly content: HtmlValue;
  /** Where the form goes. */
  readonly action: string;
  /** What the form carries besides. */
  readonly fields?: readonly FormField[];
  /** What the button says. */
  readonly button: string;
  /** What the button sends besides. */
  readonly confirm?: ButtonValue;
  /** Where to go back to; or what the form sends to go back with all that it carries. */
  readonly back: string | ButtonValue;
}

/** The page. */
export function confirmationPage(asked: Confirmation, { csrfToken }: Viewer): ConsolePage {
  const { title, area, content, action, fields = [], button, confirm, back } = asked;
  return {
    title,
    area,
    content: html`${pageHead(title, undefined)}
      <div class="card">
        ${content}
        ${postForm(
          action,
          csrfToken,
          html`${fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          ${submitButton(button, 'danger', confirm)}
          ${typeof back === 'string' ? linkButton(back, 'Cancel') : submitButton('Back to editing', 'plain', back)}`,
          'form-actions',
        )}
      </div>`,
  };
}
