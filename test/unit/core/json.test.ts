import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../src/core/index.ts';
import { codeOf } from '../../testkit/code-of.ts';

const limits = { maxLength: 10_000, maxDepth: 8 };
const parse = (text: string) => parseStrictJson(text, limits);

describe('parseStrictJson', () => {
  it('reads what JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value, null, 1);
        fc.pre(text.length <= limits.maxLength && !text.includes('__proto__'));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'json_duplicate_member'],
    ['{"a":1,"\\u0061":2}', 'json_duplicate_member'],
    ['{"x":[{"b":{},"b" :1}]}', 'json_duplicate_member'],
    ['{"__proto__":{"admin":true}}', 'json_forbidden_member'],
    ['{"a":1', 'json_syntax'],
    ['', 'json_syntax'],
    ['{"a":1}x', 'json_syntax'],
    ['\ufeff{}', 'json_syntax'],
    ["{'a':1}", 'json_syntax'],
    ['"'.padEnd(10_001, 'a'), 'json_too_long'],
    ['['.repeat(9), 'json_too_deep'],
    ['{"a":'.repeat(9), 'json_too_deep'],
  ])('refuses %j with %s', (text, code) => {
    expect(codeOf(() => parse(text))).toBe(code);
  });

  it('takes one name in two objects, and braces, colons and quotes in strings', () => {
    const text = '[{"a":1},{"a":{"a":"\\"a\\":{[\\\\"}}]';
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('finds where a string ends, however many backslashes and quotes it ends with', () => {
    for (let backslashes = 0; backslashes < 6; backslashes++) {
      for (const tail of ['', '"', '"x', '""']) {
        const value = '\\'.repeat(backslashes) + tail;
        const text = `{${JSON.stringify(value)}:${JSON.stringify(value)},"b":[1]`;
        expect(parse(`${text}}`)).toEqual({ [value]: value, b: [1] });
        const twice = `${text},${JSON.stringify(value)}:0}`;
        expect(codeOf(() => parse(twice))).toBe('json_duplicate_member');
      }
    }
  });

  it('answers junk with a typed error or a value, never otherwise', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^json_/));
        }
      }),
    );
  });

  it('refuses ten megabytes of brackets before it recurses', () => {
    const text = '['.repeat(10_000_000);
    expect(codeOf(() => parseStrictJson(text, { maxLength: 20_000_000, maxDepth: 8 }))).toBe(
      'json_too_deep',
    );
  });
});
