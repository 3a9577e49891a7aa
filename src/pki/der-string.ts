/** The string types of names (X.680 section 41) as text. */
import { fromUtf8 } from '../core/index.ts';
import { tags } from './der-tags.ts';
import { malformed, PkiError } from './errors.ts';

/**
 * @param tag - a string type's tag
 * @param content - its content octets
 * @returns the text, or undefined where the tag is not of a string type
 * @throws {@link PkiError} where the octets are not of that type
 */
export function decodeString(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case tags.utf8String:
      return isAscii(content) ? latin1(content) : strictUtf8(content);
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
    case tags.visibleString:
      if (!isAscii(content)) throw malformed('A string has a character that its type lacks.');
      return latin1(content);
    case tags.teletexString:
      // T.61 is read as Latin-1, as every other implementation in use does.
      return latin1(content);
    case tags.bmpString:
      return wideString(content, 2);
    case tags.universalString:
      return wideString(content, 4);
    default:
      return undefined;
  }
}

/** @returns the text of an IA5String's content */
export function decodeIa5(content: Uint8Array): string {
  if (!isAscii(content)) throw malformed('An IA5String has a character that is not ASCII.');
  return latin1(content);
}

function isAscii(content: Uint8Array): boolean {
  for (let i = 0; i < content.length; i++) if ((content[i] ?? 0) >= 0x80) return false;
  return true;
}

function latin1(content: Uint8Array): string {
  let text = '';
  for (let i = 0; i < content.length; i++) text += String.fromCharCode(content[i] ?? 0);
  return text;
}

function strictUtf8(content: Uint8Array): string {
  try {
    return fromUtf8(content);
  } catch (cause) {
    throw new PkiError('der_malformed', { message: 'A UTF8String is not UTF-8.', cause });
  }
}

function wideString(content: Uint8Array, width: 2 | 4): string {
  if (content.length % width !== 0) throw malformed('A wide string is cut off.');
  let text = '';
  for (let i = 0; i < content.length; i += width) {
    let point = 0;
    for (let j = 0; j < width; j++) point = point * 256 + (content[i + j] ?? 0);
    // BMPString has no surrogates, UniversalString nothing beyond Unicode.
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw malformed('A wide string has a character that does not exist.');
    }
    text += String.fromCodePoint(point);
  }
  return text;
}
