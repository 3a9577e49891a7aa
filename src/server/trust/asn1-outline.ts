/**
 * The outline of a BER or DER value: tags and nesting of its first elements, without reading it.
 * It tells kinds of files apart; what is then parsed is parsed strictly, by src/pki.
 */

/** One element: its identifier octet, its content, and its first children where it is constructed. */
export interface Outline {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly children: readonly Outline[];
}

const maxChildren = 8;
const constructed = 0x20;

/**
 * Reads an element's outline.
 *
 * @param bytes - where the element starts
 * @param depth - how many levels of children to look at
 * @returns undefined where there is no element; content that is cut off ends with the bytes
 */
export function readOutline(bytes: Uint8Array, depth: number): Outline | undefined {
  const header = readHeader(bytes);
  if (header === undefined) return undefined;
  const { tag, start, end } = header;
  const content = bytes.subarray(start, end);
  const inside = depth > 0 && (tag & constructed) !== 0;
  return { tag, content, children: inside ? readChildren(content, depth - 1) : [] };
}

/** @returns the length of the first element with its header, or undefined where it is cut off */
export function elementLength(bytes: Uint8Array): number | undefined {
  const header = readHeader(bytes);
  return header === undefined || header.end > bytes.length ? undefined : header.end;
}

function readChildren(content: Uint8Array, depth: number): readonly Outline[] {
  const children: Outline[] = [];
  for (let rest = content; children.length < maxChildren && rest.length > 0;) {
    const child = readOutline(rest, depth);
    if (child === undefined) break;
    children.push(child);
    rest = rest.subarray(child.content.byteOffset - rest.byteOffset + child.content.length);
  }
  return children;
}

function readHeader(bytes: Uint8Array): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { tag, start: 2, end: 2 + first };
  const octets = first & 0x7f;
  // BER's indefinite length (PKCS#7 and PKCS#12 of some programs): all that is left.
  if (octets === 0) return { tag, start: 2, end: bytes.length };
  if (octets > 4 || bytes.length < 2 + octets) return undefined;
  let length = 0;
  for (const octet of bytes.subarray(2, 2 + octets)) length = length * 256 + octet;
  return { tag, start: 2 + octets, end: 2 + octets + length };
}
