/** Fields of forms, each with its label, its hint and its fault tied to it. */
import { flag, html, type Html, type HtmlValue } from '../../html/index.ts';

/** What every field has. */
export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly hint?: HtmlValue;
  /** What is wrong with what was given. */
  readonly fault?: string | undefined;
  readonly required?: boolean;
}

/** Makes ids unique where a form has the same field in several rows. */
function idOf(name: string): string {
  return `field-${name.replace(/[^a-zA-Z0-9_-]/g, '-')}`;
}

function describedBy({ name, hint, fault }: FieldOptions): Html | false {
  const ids = [
    ...(hint === undefined ? [] : [`${idOf(name)}-hint`]),
    ...(fault === undefined ? [] : [`${idOf(name)}-fault`]),
  ];
  const invalid = fault !== undefined && html` aria-invalid="true"`;
  return ids.length > 0 && html` aria-describedby="${ids.join(' ')}" ${invalid}`;
}

function hintOf({ name, hint }: FieldOptions): Html | false {
  return hint !== undefined && html`<p class="hint" id="${idOf(name)}-hint">${hint}</p>`;
}

function faultOf({ name, fault }: FieldOptions): Html | false {
  return fault !== undefined && html`<p class="fault" id="${idOf(name)}-fault">${fault}</p>`;
}

/** A field around any control. */
function field(options: FieldOptions, control: Html): Html {
  return html`<div class="field">
    <label for="${idOf(options.name)}">${options.label}</label>
    ${control} ${hintOf(options)} ${faultOf(options)}
  </div>`;
}

/** A line of text. */
export function textField(
  options: FieldOptions & {
    readonly value?: string | number | undefined;
    readonly type?: 'text' | 'password' | 'number' | 'search' | 'url' | 'date' | 'datetime-local';
    /** As HTML's autocomplete. */
    readonly autocomplete?: string;
    readonly maxLength?: number;
  },
): Html {
  const { name, value, type = 'text', autocomplete = 'off', maxLength = 200 } = options;
  return field(
    options,
    html`<input
      id="${idOf(name)}"
      name="${name}"
      type="${type}"
      value="${value ?? ''}"
      autocomplete="${autocomplete}"
      maxlength="${maxLength}"
      ${flag('required', options.required ?? false)}
      ${describedBy(options)}
    />`,
  );
}

/** Lines of text. */
export function textArea(
  options: FieldOptions & {
    readonly value?: string | undefined;
    readonly rows?: number;
    readonly code?: boolean;
  },
): Html {
  const { name, value = '', rows = 4, code = false } = options;
  // The line break after the tag is not part of the value (HTML section 4.10.11).
  return field(
    options,
    html`<textarea
      id="${idOf(name)}"
      name="${name}"
      rows="${rows}"
      spellcheck="false"
      class="${code ? 'code' : ''}"
      ${flag('required', options.required ?? false)}
      ${describedBy(options)}
    >
${value}</textarea>`,
  );
}

/** One of several that can be chosen. */
export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: HtmlValue;
}

/** One of several, in a list. */
export function selectField(
  options: FieldOptions & { readonly value: string; readonly choices: readonly Choice[] },
): Html {
  const { name, value, choices } = options;
  return field(
    options,
    html`<select id="${idOf(name)}" name="${name}" ${describedBy(options)}>
      ${choices.map(
        (choice) =>
          html`<option value="${choice.value}" ${flag('selected', choice.value === value)}>
            ${choice.label}
          </option>`,
      )}
    </select>`,
  );
}

/** Several of several (`checkbox`) or one of them (`radio`), all in sight. */
export function choiceGroup(
  options: FieldOptions & {
    readonly type: 'checkbox' | 'radio';
    readonly values: readonly string[];
    readonly choices: readonly Choice[];
  },
): Html {
  const { name, label, type, values, choices } = options;
  return html`<fieldset class="field choices" ${describedBy(options)}>
    <legend>${label}</legend>
    ${choices.map((choice) =>
      option({ ...choice, name, type, checked: values.includes(choice.value) }),
    )}
    ${hintOf(options)} ${faultOf(options)}
  </fieldset>`;
}

/** Yes or no. */
export function checkbox(options: FieldOptions & { readonly checked: boolean }): Html {
  const { name, label, hint, checked } = options;
  return html`<div class="field choices">
    ${option({ name, label, hint, checked, type: 'checkbox', value: 'on' })}
  </div>`;
}

function option(choice: Choice & { name: string; type: string; checked: boolean }): Html {
  const { name, value, label, hint, type, checked } = choice;
  const id = `${idOf(name)}-${value.replace(/[^a-zA-Z0-9_-]/g, '-')}`;
  const described = hint !== undefined && html` aria-describedby="${id}-hint"`;
  return html`<div class="choice">
    <input
      id="${id}"
      type="${type}"
      name="${name}"
      value="${value}"
      ${flag('checked', checked)}
      ${described}
    />
    <label for="${id}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}
