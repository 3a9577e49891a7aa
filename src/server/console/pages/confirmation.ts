/** The page before something that cannot be undone. */
import {
  linkButton,
  pageHead,
  postForm,
  submitButton,
  type ConsolePage,
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
  /** What the button says. */
  readonly button: string;
  /** Where to go back to. */
  readonly back: string;
}

/** The page. */
export function confirmationPage(asked: Confirmation, { csrfToken }: Viewer): ConsolePage {
  const { title, area, content, action, button, back } = asked;
  return {
    title,
    area,
    content: html`${pageHead(title, undefined)}
      <div class="card">
        ${content}
        ${postForm(
          action,
          csrfToken,
          html`${submitButton(button, 'danger')} ${linkButton(back, 'Cancel')}`,
          'form-actions',
        )}
      </div>`,
  };
}
