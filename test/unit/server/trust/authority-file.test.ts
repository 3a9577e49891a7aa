import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustError } from '../../../../src/server/index.ts';
import { readAuthorityFile } from '../../../../src/server/trust/authority-file.ts';
import { codeOf } from '../../../testkit/code-of.ts';
import { issuing, leaf, refusedFiles, root } from './files.ts';

const ders = (file: Uint8Array): Buffer[] =>
  readAuthorityFile(file).map(({ der }) => Buffer.from(der));
const both = [root.certificate.der, issuing.certificate.der];
const bothPem = root.certificate.pem + issuing.certificate.pem;

describe('a certificate authority file', () => {
  it.each(Object.entries(refusedFiles))('that is %s is refused by its own code', (_, refusal) => {
    const [code, file] = refusal;
    expect(codeOf(() => readAuthorityFile(file))).toBe(code);
  });

  it('may hold one DER certificate', () => {
    expect(ders(root.certificate.der)).toEqual([root.certificate.der]);
  });

  it('may hold several DER certificates, one after the other', () => {
    expect(ders(Buffer.concat(both))).toEqual(both);
  });

  it('may hold several PEM certificates', () => {
    expect(ders(Buffer.from(bothPem))).toEqual(both);
  });

  it.each([
    ['Windows line ends', Buffer.from(bothPem.replace(/\n/g, '\r\n'))],
    ['a byte order mark', Buffer.from(`\ufeff${bothPem}`)],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${bothPem}`, 'utf16le')],
    ['text around it, in Latin-1 too', Buffer.from(`Müller\n${bothPem}\nEnde`, 'latin1')],
  ])('may have %s', (_, file) => {
    expect(ders(file)).toEqual(both);
  });

  it('may hold a certificate that is no authority: that is the next check’s to say', () => {
    expect(ders(leaf.der)).toEqual([leaf.der]);
  });

  it('is answered with a typed error or certificates, whatever it holds', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(...Object.values(refusedFiles).map(([, file]) => file), ...both),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 }),
      )
      .filter(([file]) => file.length < 20_000)
      .map(([file, changes]) => {
        const copy = Buffer.from(file);
        for (const [index, octet] of changes) if (index < copy.length) copy[index] = octet;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (file) => {
        try {
          readAuthorityFile(file);
        } catch (error) {
          expect(error).toBeInstanceOf(TrustError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
