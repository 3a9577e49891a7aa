/** Markup that escapes what is put into it: a template tag, and nothing more. */

/** A piece of markup; what is put into a template as one is not escaped again. */
export class Html {
  readonly #markup: string;

  /** @param markup - written by this program; never what somebody else gave */
  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: nothing is shown for undefined and false. */
export type HtmlValue = Html | string | number | false | undefined | readonly HtmlValue[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Tag of a template of markup. Values are escaped for text and for quoted attributes, the two places
 * where they may stand; an attribute without quotes is refused.
 *
 * @throws Error where a value follows `=` directly: a fault of the template, whatever the value
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const markup = strings.map((text, index) => {
    if (index === values.length) return text;
    if (text.endsWith('=')) throw new Error(`an attribute needs quotes: ${text.slice(-20)}`);
    return text + render(values[index]);
  });
  return new Html(markup.join(''));
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/**
 * An attribute that is there or not, such as `checked`.
 *
 * @param name - its name, with a leading space in the markup
 */
export function flag(name: 'checked' | 'selected' | 'required' | 'disabled', on: boolean): Html {
  return new Html(on ? ` ${name}` : '');
}
