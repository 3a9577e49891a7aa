import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from '../../../src/core/index.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('base64url', () => {
  it('agrees with Node for every byte string, and comes back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encodeBase64Url(value);
        expect(text).toBe(Buffer.from(value).toString('base64url'));
        expect(decodeBase64Url(text)).toEqual(new Uint8Array(value));
      }),
    );
  });

  it.each([
    'A',
    'AA=',
    'AA==',
    'A A',
    'AB',
    'AAB',
    'A+AA',
    'A/AA',
    'AA\n',
    'AÄAA',
    '=',
    'AAA\u0000',
  ])('refuses %j, which is no canonical text', (text) => {
    expect(decodeBase64Url(text)).toBeUndefined();
  });
});

describe('base64', () => {
  it('agrees with Node for every byte string, and comes back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encodeBase64(value);
        expect(text).toBe(Buffer.from(value).toString('base64'));
        expect(decodeBase64(text)).toEqual(new Uint8Array(value));
      }),
    );
  });

  it.each(['AA', 'AAA', 'AB==', 'AAB=', 'A===', '====', 'A-AA', 'A_AA', 'AA==\n', 'AA=A'])(
    'refuses %j, which is no canonical text',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined();
    },
  );
});
