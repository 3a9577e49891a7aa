/** What may become a child of an element; text is always text, never markup. */
type Child = Node | string | undefined;

/** Attributes, and `data-*` by their names; undefined leaves one out. */
type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * Makes an element.
 *
 * @param tag - its name
 * @param attributes - its attributes
 * @param children - nodes and texts; undefined ones are passed over
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A list of names and values; entries without a value are left out. */
export function facts(entries: readonly (readonly [string, Child])[]): HTMLElement {
  return element(
    'dl',
    {},
    ...entries.flatMap(([name, value]) =>
      value === undefined ? [] : [element('dt', {}, name), element('dd', {}, value)],
    ),
  );
}

/** A moment, in the person's own language and time zone. */
export function moment(iso: string): HTMLElement {
  const text = new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
  return element('time', { datetime: iso }, text);
}
