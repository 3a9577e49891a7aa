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
  /** What the form carries besides. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** What the button says. */
  readonly button: string;
  /** Where to go back to. */
  readonly back: string;
}

/** The page. */
export function confirmationPage(asked: Confirmation, { csrfToken }: Viewer): ConsolePage {
  const { title, area, content, action, fields = {}, button, back } = asked;
  return {
    title,
    area,
    content: html`${pageHead(title, undefined)}
      <div class="card">
        ${content}
        ${postForm(
          action,
          csrfToken,
          html`${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          ${submitButton(button, 'danger')} ${linkButton(back, 'Cancel')}`,
          'form-actions',
        )}
      </div>`,
  };
}
