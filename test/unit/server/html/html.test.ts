import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flag, html, Html } from '../../../../src/server/html/index.ts';

describe('html', () => {
  it('escapes values in text and in attributes', () => {
    const value = `<script>"'&</script>`;
    expect(html`<p title="${value}">${value}</p>`.toString()).toBe(
      '<p title="&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;">&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;</p>',
    );
  });

  it('lets no value end its element or its attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const [, attribute, text] = /^<p title="(.*)">(.*)<\/p>$/s.exec(
          html`<p title="${value}">${value}</p>`.toString(),
        ) ?? [undefined, '"', '<'];
        expect(attribute).not.toMatch(/["<>']/);
        expect(text).not.toMatch(/["<>']/);
      }),
    );
  });

  it('takes markup as it is, also in lists, and nests', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    const list = html`<ul>
      ${items}${new Html('<!-- -->')}
    </ul>`;
    expect(list.toString().replace(/\s+/g, '')).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li><!----></ul>',
    );
  });

  it('shows zero and the empty text, and nothing for undefined and false', () => {
    expect(html`${0}|${''}|${undefined}|${false}|${[]}`.toString()).toBe('0||||');
  });

  it('refuses an attribute without quotes, which no escaping makes safe', () => {
    expect(() => html`<p title=${'x onclick'}></p>`).toThrow('an attribute needs quotes');
  });

  it('writes attributes that are there or not', () => {
    expect(html`<input${flag('checked', true)}${flag('disabled', false)} />`.toString()).toBe(
      '<input checked />',
    );
  });
});
