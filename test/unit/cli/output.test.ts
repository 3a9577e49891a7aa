import { describe, expect, it } from 'vitest';
import {
  formatFields,
  formatJson,
  formatTable,
  printable,
  printWidth,
  reportWidth,
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

  it('breaks no word for the sake of another column that has longer ones', () => {
    const wrapping = ['SUBJECT', 'ISSUER', 'STORE'].map((title) => ({ title, wrap: true }));
    const [subject, issuer] = ['CN=desk-1,O=Example', 'CN=Device Issuing CA,O=Example'];
    const store = 'file:///home/alice/.local/share/countersign/keys/desk-1.crt?sha256=0011223344';
    const lines = formatTable(wrapping, [[subject, issuer, store]], 90).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    expect(lines[2]).toContain(`${subject}  CN=Device Issuing`);
    const parts = lines.slice(2, -1).map((line) => line.split(/ {2,}/).at(-1) ?? '');
    expect(parts.join('')).toContain(store);
    for (const part of parts.slice(0, -1)) expect(part).toMatch(/[/?]$/);
  });

  it('puts each row into one line where the width has no end', () => {
    const text = formatTable(columns, [['CN=a', 'word '.repeat(100).trim()]], Infinity);
    expect(text.trimEnd().split('\n')).toHaveLength(3);
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

describe('formatFields, where the width has no end,', () => {
  it('puts each value into one line', () => {
    const value = 'a '.repeat(200).trim();
    expect(formatFields([['name', value]], Infinity)).toBe(`name  ${value}\n`);
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
  it('follows the terminal from 80 columns on, and has no end in a pipe', () => {
    expect([40, 100, 300, undefined].map(printWidth)).toEqual([80, 100, 300, Infinity]);
  });
});

describe('reportWidth', () => {
  it('follows the terminal, and wraps sentences in a pipe too', () => {
    expect([40, 100, 300, undefined].map(reportWidth)).toEqual([80, 100, 300, 120]);
  });
});

describe('formatJson', () => {
  it('ends with one line feed', () => {
    expect(formatJson({ a: 1 })).toBe('{\n  "a": 1\n}\n');
  });
});
