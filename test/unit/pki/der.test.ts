import { describe, expect, it } from 'vitest';
import { tags } from '../../../src/pki/der-tags.ts';
import { DerReader, readSingle } from '../../../src/pki/der.ts';
import { codeOf } from '../../testkit/code-of.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/ /g, ''), 'hex'));
const reader = (hex: string) => new DerReader(bytes(hex));

describe('DER reader', () => {
  it.each([
    ['nothing', ''],
    ['a header cut off', '30'],
    ['content cut off', '30 02 00'],
    ['an indefinite length', '30 80 00 00'],
    ['a length of five octets', '30 85 00 00 00 00 01 00'],
    ['a length cut off', '30 82 01'],
    ['a long length that could be short', '30 81 01 00'],
    ['a length with a leading zero', '30 82 00 80'],
    ['a tag of two octets', '3f 1f 00'],
    ['another tag', '31 00'],
  ])('refuses %s', (_, hex) => {
    expect(codeOf(() => reader(hex).read(tags.sequence))).toBe('der_malformed');
  });

  it('refuses an element that outgrows what holds it', () => {
    const outer = reader('30 03 04 05 00 00 00 00 00').read(tags.sequence);
    expect(codeOf(() => outer.content(tags.octetString))).toBe('der_malformed');
  });

  it('refuses what follows the last element', () => {
    expect(codeOf(() => readSingle(bytes('30 00 00'), tags.sequence))).toBe('der_malformed');
    expect(codeOf(() => readSingle(bytes('30 00'), tags.sequence))).toBeUndefined();
  });

  it('reads lengths of one to four octets', () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const octets = length.toString(16).padStart(length < 256 ? 2 : length < 65_536 ? 4 : 6, '0');
      const header = length < 128 ? `04${octets}` : `048${octets.length / 2}${octets}`;
      const element = Buffer.concat([Buffer.from(header, 'hex'), Buffer.alloc(length)]);
      expect(new DerReader(element).content(tags.octetString).length).toBe(length);
    }
  });

  it.each([
    ['02 00', false],
    ['02 01 00', true],
    ['02 02 00 7f', false],
    ['02 02 00 80', true],
    ['02 02 ff 80', false],
    ['02 02 ff 7f', true],
  ])('takes INTEGER %s for minimal: %s', (hex, minimal) => {
    expect(codeOf(() => reader(hex).integer())).toBe(minimal ? undefined : 'der_malformed');
    expect(
      codeOf(() => {
        reader(hex).skipInteger();
      }),
    ).toBe(minimal ? undefined : 'der_malformed');
  });

  it('bounds small integers', () => {
    expect(reader('02 04 7f ff ff ff').smallInteger()).toBe(0x7fffffff);
    expect(codeOf(() => reader('02 05 00 ff ff ff ff').smallInteger())).toBe('der_malformed');
    expect(codeOf(() => reader('02 01 ff').smallInteger())).toBe('der_malformed');
  });

  it('knows two booleans', () => {
    expect(reader('01 01 ff').boolean()).toBe(true);
    expect(reader('01 01 00').boolean()).toBe(false);
    for (const hex of ['01 01 01', '01 00', '01 02 ff ff']) {
      expect(codeOf(() => reader(hex).boolean())).toBe('der_malformed');
    }
  });

  it.each([
    ['06 03 55 1d 13', '2.5.29.19'],
    ['06 01 27', '0.39'],
    ['06 01 28', '1.0'],
    ['06 01 50', '2.0'],
    ['06 02 88 37', '2.999'],
  ])('reads %s as %s', (hex, oid) => {
    expect(reader(hex).oid()).toBe(oid);
  });

  it('reads an arc of 128 bits exactly', () => {
    let arc = (1n << 128n) - 1n;
    const octets: number[] = [];
    for (let first = true; arc > 0n || first; first = false, arc >>= 7n) {
      octets.unshift(Number(arc & 127n) | (first ? 0 : 128));
    }
    const oid = new Uint8Array([6, octets.length + 1, 0x69, ...octets]);
    expect(new DerReader(oid).oid()).toBe(`2.25.${((1n << 128n) - 1n).toString()}`);
  });

  it.each(['06 00', '06 01 80', '06 02 80 01', '06 02 55 9d', `06 81 81 ${'01'.repeat(129)}`])(
    'refuses the object identifier %s',
    (hex) => {
      expect(codeOf(() => reader(hex).oid())).toBe('der_malformed');
    },
  );

  it.each(['03 00', '03 01 01', '03 02 08 00', '03 02 01 01'])('refuses BIT STRING %s', (hex) => {
    expect(codeOf(() => reader(hex).bitString())).toBe('der_malformed');
  });

  it('refuses a NULL with content', () => {
    expect(
      codeOf(() => {
        reader('05 00').null();
      }),
    ).toBeUndefined();
    expect(
      codeOf(() => {
        reader('05 01 00').null();
      }),
    ).toBe('der_malformed');
  });
});

describe('times', () => {
  const utc = (text: string) =>
    new DerReader(Buffer.concat([Buffer.of(0x17, text.length), Buffer.from(text)]));
  const generalized = (text: string) =>
    new DerReader(Buffer.concat([Buffer.of(0x18, text.length), Buffer.from(text)]));

  it.each([
    ['491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['240229120000Z', '2024-02-29T12:00:00.000Z'],
  ])('reads UTCTime %s', (text, iso) => {
    expect(utc(text).time().toISOString()).toBe(iso);
  });

  it.each([
    ['20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['00010101000000Z', '0001-01-01T00:00:00.000Z'],
  ])('reads GeneralizedTime %s', (text, iso) => {
    expect(generalized(text).time().toISOString()).toBe(iso);
  });

  it.each([
    '230229120000Z',
    '230431000000Z',
    '231301000000Z',
    '230001000000Z',
    '230100000000Z',
    '230101240000Z',
    '230101006000Z',
    '230101000060Z',
    '2301010000Z',
    '230101000000',
    '230101000000+0000',
    '23010100000aZ',
    '23010100000 Z',
  ])('refuses UTCTime %s', (text) => {
    expect(codeOf(() => utc(text).time())).toBe('der_malformed');
    expect(
      codeOf(() => {
        utc(text).skipTime();
      }),
    ).toBe('der_malformed');
  });

  it.each(['20230101000000.5Z', '202301010000Z', '19000229000000Z'])(
    'refuses GeneralizedTime %s',
    (text) => {
      expect(codeOf(() => generalized(text).time())).toBe('der_malformed');
    },
  );
});
