/** GeneralName and GeneralNames (RFC 5280 section 4.2.1.6). */
import { decodeIa5 } from './der-string.ts';
import { tags } from './der-tags.ts';
import { contextConstructed, contextPrimitive, DerReader } from './der.ts';
import { malformed } from './errors.ts';
import { type Name, readName } from './name.ts';

/** One name of a subject or of an authority, by its form. */
export type GeneralName =
  | {
      readonly form: 'rfc822Name' | 'dNSName' | 'uniformResourceIdentifier';
      readonly value: string;
    }
  | { readonly form: 'directoryName'; readonly value: Name }
  | { readonly form: 'iPAddress'; readonly value: Uint8Array }
  | { readonly form: 'registeredID'; readonly value: string }
  | { readonly form: 'otherName'; readonly typeId: string; readonly value: Uint8Array }
  | { readonly form: 'x400Address' | 'ediPartyName'; readonly value: Uint8Array };

/** A form of {@link GeneralName}. */
export type GeneralNameForm = GeneralName['form'];

/**
 * Reads the content of a GeneralNames: at least one name.
 *
 * @throws PkiError `der_malformed`
 */
export function readGeneralNames(sequence: DerReader): readonly GeneralName[] {
  const names: GeneralName[] = [];
  do names.push(readGeneralName(sequence));
  while (!sequence.atEnd());
  return names;
}

/**
 * Reads a GeneralName at the reader's position.
 *
 * @throws PkiError `der_malformed`
 */
export function readGeneralName(reader: DerReader): GeneralName {
  const tag = reader.peekTag();
  switch (tag) {
    case contextConstructed(0): {
      const other = reader.read(tag);
      const typeId = other.oid();
      const explicit = other.read(contextConstructed(0));
      other.finish();
      const value = explicit.element();
      explicit.finish();
      return { form: 'otherName', typeId, value };
    }
    case contextPrimitive(1):
      return { form: 'rfc822Name', value: decodeIa5(reader.content(tag)) };
    case contextPrimitive(2):
      return { form: 'dNSName', value: decodeIa5(reader.content(tag)) };
    case contextConstructed(3):
      return { form: 'x400Address', value: reader.content(tag) };
    case contextConstructed(4): {
      // A CHOICE keeps its own tag inside the context tag (X.680 section 31.2.7).
      const explicit = reader.read(tag);
      const value = readName(explicit);
      explicit.finish();
      return { form: 'directoryName', value };
    }
    case contextConstructed(5):
      return { form: 'ediPartyName', value: reader.content(tag) };
    case contextPrimitive(6):
      return { form: 'uniformResourceIdentifier', value: decodeIa5(reader.content(tag)) };
    case contextPrimitive(7):
      return { form: 'iPAddress', value: reader.content(tag) };
    case contextPrimitive(8):
      return { form: 'registeredID', value: reader.oid(tag) };
    default:
      throw malformed('A GeneralName has an unknown form.');
  }
}

/** Reads an extension that is nothing but GeneralNames. @throws PkiError `der_malformed` */
export function parseGeneralNames(der: Uint8Array): readonly GeneralName[] {
  const outer = new DerReader(der);
  const sequence = outer.read(tags.sequence);
  outer.finish();
  return readGeneralNames(sequence);
}
