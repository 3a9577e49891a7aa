import { describe, expect, it } from 'vitest';
import {
  formatFields,
  formatJson,
  formatTable,
  printable,
  printWidth,
} from '../../../src/cli/output.ts';

const columns = [{ title: 'SUBJECT' }, { title: 'WHY', wrap: true }];

describe('formatTable', () => {
  it('aligns columns under a ruled head and leaves no trailing space', () => {
    const text = formatTable(
      columns,
      [
        ['CN=a', 'ok'],
        ['CN=longer', 'fine'],
      ],
      80,
    );
    expect(text).toBe(
      ['SUBJECT    WHY', '---------  ----', 'CN=a       ok', 'CN=longer  fine', ''].join('\n'),
    );
  });

  it('wraps the wrapping column at spaces so that no line is wider than the screen', () => {
    const text = formatTable(columns, [['CN=a', 'word '.repeat(40).trim()]], 80);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text.match(/word/g)).toHaveLength(40);
  });

  it('breaks a word that is longer than its column and loses none of it', () => {
    const text = formatTable(columns, [['CN=a', 'x'.repeat(300)]], 80);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text.match(/x/g)).toHaveLength(300);
  });

  it('keeps columns whole that may not wrap', () => {
    const text = formatTable(columns, [['C'.repeat(90), 'ok']], 80);
    expect(text).toContain('C'.repeat(90));
  });
});

describe('formatFields', () => {
  it('aligns values and wraps long ones below themselves', () => {
    const text = formatFields(
      [
        ['name', 'a '.repeat(60).trim()],
        ['serial', '01'],
      ],
      80,
    );
    const [first = '', second = '', third] = text.split('\n');
    expect(first.startsWith('name    a a')).toBe(true);
    expect(second.startsWith('        a')).toBe(true);
    expect(third).toBe('serial  01');
  });
});

describe('printable', () => {
  it('shows what would move the cursor or reverse the text', () => {
    expect(printable('a\u001b[2Jb\u202ec\n')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}');
  });

  it('leaves letters of any script alone', () => {
    expect(printable('Müller 東京')).toBe('Müller 東京');
  });
});

describe('printWidth', () => {
  it('follows the terminal within 80 to 120 columns', () => {
    expect([printWidth(undefined), printWidth(40), printWidth(100), printWidth(300)]).toEqual([
      120, 80, 100, 120,
    ]);
  });
});

describe('formatJson', () => {
  it('ends with one line feed', () => {
    expect(formatJson({ a: 1 })).toBe('{\n  "a": 1\n}\n');
  });
});
