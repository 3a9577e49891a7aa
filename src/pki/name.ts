/** Distinguished names: reading (RFC 5280 section 4.1.2.4), comparing (7.1), writing (RFC 4514). */
import { bytesEqual, toHex } from '../core/index.ts';
import { tags } from './der-tags.ts';
import { DerReader } from './der.ts';
import { malformed } from './errors.ts';

/** One attribute of a name. */
export interface NameAttribute {
  /** The attribute's type, as a dotted OID. */
  readonly type: string;
  /** The value as text, or undefined where it is not of a string type. */
  readonly text: string | undefined;
  /** The value's DER. */
  readonly value: Uint8Array;
}

/** One relative distinguished name: mostly one attribute, sometimes several that form a set. */
export type RelativeDistinguishedName = readonly NameAttribute[];

/** A distinguished name as it stands in a certificate: the root's end first. */
export interface Name {
  readonly der: Uint8Array;
  readonly rdns: readonly RelativeDistinguishedName[];
}

/**
 * Reads a Name at the reader's position.
 *
 * @throws PkiError `der_malformed`
 */
export function readName(reader: DerReader): Name {
  const der = reader.element(tags.sequence);
  const sequence = new DerReader(der).read(tags.sequence);
  return { der, rdns: readRdns(sequence) };
}

function readRdns(sequence: DerReader): RelativeDistinguishedName[] {
  const rdns: RelativeDistinguishedName[] = [];
  while (!sequence.atEnd()) rdns.push(readRdn(sequence.read(tags.set)));
  return rdns;
}

/** Reads the content of a RelativeDistinguishedName. */
export function readRdn(set: DerReader): RelativeDistinguishedName {
  if (set.atEnd()) throw malformed('A relative distinguished name is empty.');
  const attributes: NameAttribute[] = [];
  while (!set.atEnd()) {
    const attribute = set.read(tags.sequence);
    const type = attribute.oid();
    const { der, text } = attribute.stringElement();
    attribute.finish();
    attributes.push({ type, text, value: der });
  }
  return attributes;
}

/** True for a name without any attribute. */
export function nameIsEmpty(name: Name): boolean {
  return name.rdns.length === 0;
}

/**
 * Compares two names (RFC 5280 section 7.1): same number of relative names in the same order, each
 * with the same attributes in any order, text after LDAP string preparation (RFC 4518: case and
 * insignificant space do not count, string types do not matter), other values by their DER.
 */
export function namesEqual(a: Name, b: Name): boolean {
  return bytesEqual(a.der, b.der) || nameKey(a) === nameKey(b);
}

/** True where `name` lies in the subtree under `base` (RFC 5280 section 7.1, last paragraph). */
export function nameIsWithin(name: Name, base: Name): boolean {
  if (base.rdns.length > name.rdns.length) return false;
  return nameKey(name).startsWith(nameKey(base));
}

const keys = new WeakMap<Name, string>();

/** A string that two names share exactly if {@link namesEqual} holds for them. */
export function nameKey(name: Name): string {
  let key = keys.get(name);
  if (key === undefined) {
    key = name.rdns.map(rdnKey).join('');
    keys.set(name, key);
  }
  return key;
}

// Prepared text holds no control character, so these separators cannot be forged by a value.
function rdnKey(rdn: RelativeDistinguishedName): string {
  const parts = rdn.map(({ type, text, value }) =>
    text === undefined ? `${type}\u0001${toHex(value)}` : `${type}\u0002${prepareText(text)}`,
  );
  return parts.sort().join('\u0003') + '\u0004';
}

/**
 * LDAP string preparation for comparison (RFC 4518 section 2 with case folding): map, normalise
 * (NFKC), fold case, and reduce spaces: none at the ends, one within.
 */
export function prepareText(text: string): string {
  if (plainAscii.test(text)) return text.toLowerCase();
  return foldCase(text.replace(mappedToNothing, '').replace(mappedToSpace, ' ').normalize('NFKC'))
    .replace(/ {2,}/g, ' ')
    .replace(/^ | $/g, '');
}

// Printable ASCII with single inner spaces: preparation is case folding alone.
const plainAscii = /^(?:[!-~]+(?: [!-~]+)*)?$/;
// RFC 4518 section 2.2; TAB, LF, VT, FF, CR and NEL become spaces, the other controls vanish.
const mappedToNothing =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- the RFC's own list
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u034f\u06dd\u070f\u1806\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2063\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/gu;
const mappedToSpace = /[\t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/gu;

function foldCase(text: string): string {
  // Beyond lower case, RFC 3454 table B.2 folds these two letters that toLowerCase keeps.
  return text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');
}

// RFC 4514 section 3, and the registered names of RFC 4519 and PKCS #9 that people know.
const shortNames: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

/** @returns the name as RFC 4514 text, most specific part first; empty for an empty name */
export function formatName(name: Name): string {
  return name.rdns
    .map((rdn) => rdn.map(formatAttribute).join('+'))
    .reverse()
    .join(',');
}

function formatAttribute({ type, text, value }: NameAttribute): string {
  const shortName = shortNames.get(type);
  if (shortName === undefined || text === undefined) {
    return `${shortName ?? type}=#${toHex(value)}`;
  }
  return `${shortName}=${escapeValue(text)}`;
}

/** Escaping of RFC 4514 section 2.4; control characters too, so that no terminal obeys a name. */
function escapeValue(text: string): string {
  return (
    text
      .replace(/["+,;<>\\]/g, '\\$&')
      .replace(/^[ #]| $/g, '\\$&')
      // eslint-disable-next-line no-control-regex -- these are what is escaped
      .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, escapeCharacter)
  );
}

function escapeCharacter(character: string): string {
  return toHex(new TextEncoder().encode(character)).replace(/../g, '\\$&');
}
