import { describe, expect, it } from 'vitest';
import { DerReader } from '../../../src/pki/der.ts';
import {
  formatName,
  nameIsWithin,
  namesEqual,
  prepareText,
  readName,
} from '../../../src/pki/name.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { der, derOid, dn } from '../../testkit/pki-builder.ts';

const parse = (value: Buffer) => readName(new DerReader(value));
const typed = (tag: number, content: Buffer, oid = '2.5.4.3') =>
  parse(der(0x30, der(0x31, der(0x30, derOid(oid), der(tag, content)))));
const cn = (text: string) => parse(dn(text));
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('name comparison (RFC 5280 section 7.1)', () => {
  it.each([
    ['case', 'Example CA', 'EXAMPLE ca'],
    ['spaces within', 'Example CA', 'Example    CA'],
    ['spaces at the ends', 'Example CA', '  Example CA '],
    ['other spaces', 'Example CA', 'Example\u00a0\u2003CA'],
    ['a line end', 'Example CA', 'Example\nCA'],
    ['composition of letters', 'Ångström', 'A\u030angstro\u0308m'],
    ['letters of full width', 'CA 1', '\uff23\uff21 \uff11'],
    ['case beyond ASCII', 'ÄÖÜ', 'äöü'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['soft hyphens', 'Exam\u00adple', 'Example'],
    ['zero width spaces', 'Exam\u200bple', 'Example'],
    ['control characters', 'Exam\u0000ple', 'Example'],
  ])('does not mind %s', (_, a, b) => {
    expect(namesEqual(cn(a), cn(b))).toBe(true);
  });

  it.each([
    ['other text', 'Example CA', 'Example CB'],
    ['a missing space', 'Example CA', 'ExampleCA'],
    ['dotless i', 'ı', 'i'],
    ['accents', 'e', 'é'],
  ])('tells apart %s', (_, a, b) => {
    expect(namesEqual(cn(a), cn(b))).toBe(false);
  });

  it('does not mind the string type', () => {
    const expected = cn('Example');
    for (const tag of [0x13, 0x14, 0x16, 0x1a]) {
      expect(namesEqual(typed(tag, Buffer.from('Example')), expected)).toBe(true);
    }
    expect(namesEqual(typed(0x1e, utf16('Example')), expected)).toBe(true);
  });

  it('compares values of other types by their octets', () => {
    const bits = (last: number) => typed(0x03, Buffer.of(0, last));
    expect(namesEqual(bits(1), bits(1))).toBe(true);
    expect(namesEqual(bits(1), bits(2))).toBe(false);
  });

  it('tells apart types, order and number of attributes', () => {
    expect(namesEqual(cn('a'), parse(dn(['2.5.4.10', 'a'])))).toBe(false);
    expect(namesEqual(parse(dn('a', 'b')), parse(dn('b', 'a')))).toBe(false);
    expect(namesEqual(parse(dn('a', 'b')), cn('a'))).toBe(false);
  });

  it('takes a multi-valued part as a set', () => {
    const attribute = (oid: string, text: string) =>
      der(0x30, derOid(oid), der(0x0c, Buffer.from(text)));
    const [a, b] = [attribute('2.5.4.3', 'a'), attribute('2.5.4.10', 'b')];
    const set = (...parts: Buffer[]) => parse(der(0x30, der(0x31, ...parts)));
    expect(namesEqual(set(a, b), set(b, a))).toBe(true);
    expect(namesEqual(set(a, b), parse(der(0x30, der(0x31, a), der(0x31, b))))).toBe(false);
  });

  it('cannot be fooled by separators within values', () => {
    expect(namesEqual(cn('a\u0004b'), cn('ab'))).toBe(true);
    expect(namesEqual(parse(dn('a', 'b')), cn('a\u00042.5.4.3\u0002b'))).toBe(false);
  });

  it('finds a name within the subtree of its beginning, by whole parts', () => {
    const base = parse(dn(['2.5.4.10', 'Org']));
    expect(nameIsWithin(parse(dn(['2.5.4.10', 'ORG'], 'x')), base)).toBe(true);
    expect(nameIsWithin(base, base)).toBe(true);
    expect(nameIsWithin(parse(dn(['2.5.4.10', 'Organ'], 'x')), base)).toBe(false);
    expect(nameIsWithin(parse(dn('x', ['2.5.4.10', 'Org'])), base)).toBe(false);
    expect(nameIsWithin(parse(dn()), base)).toBe(false);
  });

  it('prepares a megabyte of white space', () => {
    expect(prepareText(`a${' \t'.repeat(500_000)}b`)).toBe('a b');
  });
});

describe('name text (RFC 4514)', () => {
  it('puts the most specific part first and uses the registered short names', () => {
    const name = parse(
      dn(['2.5.4.6', 'DE'], ['2.5.4.10', 'Org'], ['0.9.2342.19200300.100.1.25', 'x'], 'me'),
    );
    expect(formatName(name)).toBe('CN=me,DC=x,O=Org,C=DE');
    expect(formatName(parse(dn()))).toBe('');
  });

  it('joins a multi-valued part with plus', () => {
    const attribute = (oid: string) => der(0x30, derOid(oid), der(0x0c, Buffer.from('x')));
    const name = parse(der(0x30, der(0x31, attribute('2.5.4.3'), attribute('2.5.4.5'))));
    expect(formatName(name)).toBe('CN=x+serialNumber=x');
  });

  it.each([
    [' lead', '\\ lead'],
    ['trail ', 'trail\\ '],
    [' ', '\\ '],
    ['#hash', '\\#hash'],
    ['a,b+c"d\\e<f>g;h', 'a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'],
    ['line\nend', 'line\\0aend'],
    ['nul\0', 'nul\\00'],
    ['\u202eevil', '\\e2\\80\\aeevil'],
    ['Ä', 'Ä'],
  ])('escapes %j', (value, text) => {
    expect(formatName(cn(value))).toBe(`CN=${text}`);
  });

  it('writes unknown types and other values in hexadecimal', () => {
    expect(formatName(typed(0x0c, Buffer.from('x'), '1.2.3'))).toBe('1.2.3=#0c0178');
    expect(formatName(typed(0x03, Buffer.of(0, 1)))).toBe('CN=#03020001');
  });
});

describe('reading names', () => {
  it.each([
    ['an empty part', der(0x30, der(0x31))],
    ['a value cut off', der(0x30, der(0x31, der(0x30, derOid('2.5.4.3'))))],
    [
      'more than type and value',
      der(0x30, der(0x31, der(0x30, derOid('2.5.4.3'), der(5), der(5)))),
    ],
  ])('refuses %s', (_, value) => {
    expect(codeOf(() => parse(value))).toBe('der_malformed');
  });

  it.each([
    ['UTF-8 that is none', 0x0c, Buffer.of(0xff)],
    ['overlong UTF-8', 0x0c, Buffer.of(0xc0, 0x80)],
    ['a PrintableString beyond ASCII', 0x13, Buffer.of(0xe4)],
    ['a BMPString of odd length', 0x1e, Buffer.of(0)],
    ['a surrogate in a BMPString', 0x1e, Buffer.of(0xd8, 0)],
    ['a UniversalString beyond Unicode', 0x1c, Buffer.of(0, 0x11, 0, 0)],
  ])('refuses %s', (_, tag, content) => {
    expect(codeOf(() => typed(tag, content))).toBe('der_malformed');
  });
});
