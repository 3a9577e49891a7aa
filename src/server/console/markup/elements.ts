/** The small parts that pages are made of. */
import { html, type Html, type HtmlValue } from '../../html/index.ts';

/** How something stands; colour always comes with words. */
export type Tone = 'good' | 'bad' | 'warn' | 'neutral';

/** A state in one or two words. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge" data-tone="${tone}">${text}</span>`;
}

/** A paragraph or more that stand out; `alert` for what went wrong just now. */
export function notice(tone: Tone, content: HtmlValue, role?: 'alert' | 'status'): Html {
  const roleAttribute = role !== undefined && html` role="${role}"`;
  return html`<div class="notice" data-tone="${tone}" ${roleAttribute}>${content}</div>`;
}

/** Names and values; rows without a value are left out. */
export function facts(rows: readonly (readonly [string, HtmlValue])[]): Html {
  const shown = rows.filter(([, value]) => value !== undefined && value !== false && value !== '');
  return html`<dl class="facts">
    ${shown.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** What is said where a list has nothing in it. */
export function emptyState(title: string, text: HtmlValue, action?: Html): Html {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    <p>${text}</p>
    ${action}
  </div>`;
}

/** A part of a page under a heading of its own. */
export function section(title: string, content: HtmlValue, id = idOf(title)): Html {
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;
}

/** The head of a page: its title, what it is for, and what can be done. */
export function pageHead(title: string, lead: HtmlValue, actions?: HtmlValue): Html {
  return html`<div class="page-head">
    <div>
      <h1>${title}</h1>
      ${lead !== undefined && html`<p class="lead">${lead}</p>`}
    </div>
    ${actions !== undefined && html`<div class="actions">${actions}</div>`}
  </div>`;
}

/**
 * A link that looks like a button.
 *
 * @param label - what screen readers say, where the text alone does not tell what it is about
 */
export function linkButton(
  href: string,
  text: string,
  kind: ButtonKind = 'plain',
  label?: string,
): Html {
  const attribute = label !== undefined && html` aria-label="${label}"`;
  return html`<a class="button" data-kind="${kind}" href="${href}" ${attribute}>${text}</a>`;
}

/** How much weight a button has. */
export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet';

/** What a button sends with its form. */
export interface ButtonValue {
  readonly name: string;
  readonly value: string;
  /** What screen readers say, where the text alone does not tell what it is about. */
  readonly label?: string;
  /** Where the form goes, if elsewhere than it says. */
  readonly action?: string;
}

/** A button that sends its form. */
export function submitButton(
  text: string,
  kind: ButtonKind = 'primary',
  value?: ButtonValue,
): Html {
  const attributes = value !== undefined && html` name="${value.name}" value="${value.value}"`;
  const action = value?.action !== undefined && html` formaction="${value.action}"`;
  const label = value?.label !== undefined && html` aria-label="${value.label}"`;
  return html`<button
    type="submit"
    class="button"
    data-kind="${kind}"
    ${attributes}
    ${action}
    ${label}
  >
    ${text}
  </button>`;
}

/** A field that a form carries without showing it. */
export type FormField = readonly [name: string, value: string | number];

/** A form that changes something; it carries the session's token (cross-site request forgery). */
export function postForm(
  action: string,
  csrfToken: string,
  content: HtmlValue,
  className = '',
): Html {
  return html`<form method="post" action="${action}" class="${className}">
    <input type="hidden" name="csrf" value="${csrfToken}" />
    ${content}
  </form>`;
}

/** A value that people copy; the script adds a button to it. */
export function copyable(text: string, label: string): Html {
  return html`<span class="copyable" data-copy-label="Copy ${label}"><code>${text}</code></span>`;
}

/** A long hexadecimal value in groups of four, which wraps. */
export function fingerprint(hex: string): Html {
  const groups = hex.match(/.{1,4}/g) ?? [];
  return html`<code class="fingerprint">${groups.join(' ')}</code>`;
}

/** More that is shown on demand. */
export function disclosure(summary: HtmlValue, content: HtmlValue, open = false): Html {
  const attribute = open && html` open`;
  return html`<details ${attribute}>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}

function idOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
