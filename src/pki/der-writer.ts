/** The little DER that has to be written here: OCSP requests, completed keys, own certificates. */
import { concatBytes } from '../core/index.ts';
import { tags } from './der-tags.ts';

/**
 * @param tag - the identifier octet
 * @param parts - the content, in pieces
 * @returns one element
 */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag, ...encodeLength(content.length)), content);
}

function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/**
 * @param oid - dotted text; its arcs are below 2^53
 * @returns an OBJECT IDENTIFIER element (X.690 section 8.19)
 */
export function encodeOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const octets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      octets.unshift(0x80 | (left % 128));
    }
    return octets;
  });
  return encodeElement(tags.oid, Uint8Array.from(content));
}
