import { describe, expect, it } from 'vitest';
import { encodePem, parsePem } from '../../../src/pki/index.ts';
import { codeOf } from '../../testkit/code-of.ts';

const one = encodePem('CERTIFICATE', Buffer.alloc(100, 7));

describe('PEM', () => {
  it('comes back as it went in, with LF or CRLF, at any line width', () => {
    for (const text of [one, one.replace(/\n/g, '\r\n'), one.trimEnd(), wide(one)]) {
      expect(parsePem(text)).toEqual([
        { label: 'CERTIFICATE', der: new Uint8Array(Buffer.alloc(100, 7)) },
      ]);
    }
  });

  it('skips text around objects and keeps their order and labels', () => {
    const text = `Bag Attributes\n    name: x\n${one}subject=-----\n${encodePem('X509 CRL', Buffer.of(1))}`;
    expect(parsePem(text).map(({ label }) => label)).toEqual(['CERTIFICATE', 'X509 CRL']);
    expect(parsePem('no PEM at all')).toEqual([]);
  });

  it.each([
    ['no end', one.slice(0, -30)],
    ['an end without a beginning', '-----END CERTIFICATE-----\n'],
    ['another end', one.replace('END CERTIFICATE', 'END X509 CRL')],
    ['a beginning within', one.replace('\n', '\n-----BEGIN CERTIFICATE-----\n')],
    ['nothing within', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['headers', one.replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n')],
    ['a foreign character', one.replace('BwcH', 'Bw*H')],
    ['padding within', one.replace('BwcHBwcH', 'Bw==BwcH')],
    ['bits left over', encodePem('X', Buffer.of(1)).replace('AQ==', 'AR==')],
    ['base64url', encodePem('X', Buffer.alloc(3, 0xff)).replace('////', '____')],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parsePem(text))).toBe('pem_malformed');
  });

  it('is bounded in length and number', () => {
    expect(codeOf(() => parsePem(one, { maxLength: 10, maxBlocks: 1 }))).toBe('input_too_large');
    expect(codeOf(() => parsePem(one + one, { maxLength: 1000, maxBlocks: 1 }))).toBe(
      'input_too_large',
    );
  });

  // Whatever would go over the text once for each line or character of it would not end here.
  it.each([
    ['dashes', '-'.repeat(5_000_000)],
    ['dashes on lines', '-----\n'.repeat(1_000_000)],
    ['beginnings', '-----BEGIN '.repeat(500_000)],
    ['line ends', '\n'.repeat(10_000_000)],
  ])('finds no object in megabytes of %s', (_, text) => {
    expect(parsePem(text)).toEqual([]);
  });

  it('refuses an object of megabytes of blanks', () => {
    const text = `-----BEGIN X-----\n${' '.repeat(5_000_000)}\n-----END X-----`;
    expect(codeOf(() => parsePem(text))).toBe('pem_malformed');
  });
});

function wide(text: string): string {
  return text.replace(/([A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '$1');
}
