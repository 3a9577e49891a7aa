/** A bounded run in every build; `npm run fuzz -- --minutes N` goes on for as long as one likes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodePem,
  formatName,
  namesEqual,
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  parsePem,
  parsePublicKey,
  PkiError,
} from '../../src/pki/index.ts';
import { DerReader } from '../../src/pki/der.ts';
import { prepareText, readName } from '../../src/pki/name.ts';
import { der, dn } from '../testkit/pki-builder.ts';
import { fuzzPki } from '../testkit/pki-fuzz.ts';
import { Dice } from '../testkit/pki-random-paths.ts';

const parsers: readonly ((bytes: Uint8Array) => unknown)[] = [
  parseCertificate,
  parseCrl,
  parseOcspResponse,
  parsePublicKey,
  (bytes) => readName(new DerReader(bytes)),
  (bytes) => parsePem(Buffer.from(bytes).toString('latin1')),
];

/** True where each parser either reads the bytes or refuses them with its own kind of error. */
function isHandled(bytes: Uint8Array): boolean {
  return parsers.every((parse) => {
    try {
      parse(bytes);
      return true;
    } catch (error) {
      return error instanceof PkiError;
    }
  });
}

/** Random trees of DER elements with the tags that certificates are made of. */
const { tree } = fc.letrec<{ tree: Buffer }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc
      .tuple(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 10, 12, 19, 22, 23, 24, 0x80, 0x81, 0x82),
        fc.uint8Array({ maxLength: 16 }),
      )
      .map(([tag, content]) => der(tag, Buffer.from(content))),
    fc
      .tuple(
        fc.constantFrom(0x30, 0x31, 0xa0, 0xa1, 0xa2, 0xa3),
        fc.array(tie('tree'), { maxLength: 6 }),
      )
      .map(([tag, children]) => der(tag, ...children)),
  ),
}));

describe('fuzzing', () => {
  it('of parsers with any octets ends in a typed error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isHandled), { numRuns: 2000 });
  });

  it('of parsers with any DER ends in a typed error', () => {
    fc.assert(fc.property(tree, isHandled), { numRuns: 2000 });
  });

  it('of parsers and validator with mutated PKITS ends in a verdict or a typed error', async () => {
    const outcomes = new Map<string, number>();
    const dice = new Dice(20_300_615);
    for (let turn = 0; turn < 4000; turn++) {
      const outcome = await fuzzPki(dice);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // The turns must get through to the validator, and past it.
    expect(outcomes.get('path accepted')).toBeGreaterThan(100);
    expect(outcomes.get('OCSP status good')).toBeGreaterThan(10);
    expect(outcomes.size).toBeGreaterThan(15);
  });
});

describe('properties', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  const named = (value: string) => readName(new DerReader(dn(value)));

  it('preparing a prepared text changes nothing', () => {
    const property = fc.property(text, (value) => {
      const prepared = prepareText(value);
      return prepareText(prepared) === prepared;
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('a name equals itself and its other spellings', () => {
    const property = fc.property(text, fc.nat(3), (value, spaces) => {
      const name = named(value);
      const spelled = named(`${' '.repeat(spaces)}${value.normalize('NFD')} `);
      return (
        namesEqual(name, named(value)) && namesEqual(name, spelled) && namesEqual(spelled, name)
      );
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('the text of a name has no character that a terminal obeys', () => {
    const property = fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
      // eslint-disable-next-line no-control-regex -- these are what must not be there
      return !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(formatName(named(value)));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('PEM comes back as it went in', () => {
    const property = fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (bytes) => {
      const [block] = parsePem(encodePem('CERTIFICATE', bytes));
      return block !== undefined && Buffer.from(block.der).equals(bytes);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
