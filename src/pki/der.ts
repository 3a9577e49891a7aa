/**
 * A strict reader of DER (X.690): definite, minimal lengths, single-byte tags, minimal integers and
 * object identifiers, canonical booleans, zero padding bits. It copies nothing (every result is a
 * view of the input) and never recurses: nesting is bounded by the caller's grammar.
 */
import { decodeString } from './der-string.ts';
import { tags } from './der-tags.ts';
import { checkTime, toDate } from './der-time.ts';
import { malformed } from './errors.ts';

/** The identifier octet of a context-specific primitive tag. */
export function contextPrimitive(number: number): number {
  return 0x80 | number;
}

/** The identifier octet of a context-specific constructed tag. */
export function contextConstructed(number: number): number {
  return 0xa0 | number;
}

/** A BIT STRING's octets and how many bits of the last one do not count. */
export interface BitString {
  readonly bytes: Uint8Array;
  readonly unusedBits: number;
}

/** Longest object identifier accepted, in content octets. */
const maxOidLength = 128;

/** Reads one element after the other from a byte range. Every method throws {@link PkiError}. */
export class DerReader {
  private readonly bytes: Uint8Array;
  private position: number;
  private readonly end: number;
  private contentStart = 0;
  private contentEnd = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Where the next element starts, as an index into the whole input. */
  get offset(): number {
    return this.position;
  }

  /** True where nothing is left. */
  atEnd(): boolean {
    return this.position >= this.end;
  }

  /** @returns the next element's identifier octet, or undefined at the end */
  peekTag(): number | undefined {
    return this.position < this.end ? this.bytes[this.position] : undefined;
  }

  /** Refuses anything that follows. */
  finish(): void {
    if (this.position !== this.end) throw malformed('There is data after the last element.');
  }

  /** Reads an element and returns a reader of its content. */
  read(tag: number): DerReader {
    this.enter(tag);
    return new DerReader(this.bytes, this.contentStart, this.contentEnd);
  }

  /** As {@link read}, or undefined where the next element has another tag. */
  optional(tag: number): DerReader | undefined {
    return this.peekTag() === tag ? this.read(tag) : undefined;
  }

  /** Reads an element's content octets. */
  content(tag: number): Uint8Array {
    this.enter(tag);
    return this.bytes.subarray(this.contentStart, this.contentEnd);
  }

  /** Reads a whole element, header included. With no tag given, any. */
  element(tag?: number): Uint8Array {
    const start = this.position;
    this.enter(tag);
    return this.bytes.subarray(start, this.contentEnd);
  }

  /** Reads an element of any tag, and its text where it is of a string type. */
  stringElement(): { readonly der: Uint8Array; readonly text: string | undefined } {
    const start = this.position;
    this.enter(undefined);
    const content = this.bytes.subarray(this.contentStart, this.contentEnd);
    const text = decodeString(this.bytes[start] ?? 0, content);
    return { der: this.bytes.subarray(start, this.contentEnd), text };
  }

  /** Passes over an element of any tag. */
  skip(): void {
    this.enter(undefined);
  }

  /** Takes everything that is left. */
  rest(): Uint8Array {
    const start = this.position;
    this.position = this.end;
    return this.bytes.subarray(start, this.end);
  }

  /** Reads an INTEGER's content octets: two's complement, minimal (X.690 section 8.3). */
  integer(tag: number = tags.integer): Uint8Array {
    const content = this.content(tag);
    checkInteger(content);
    return content;
  }

  /** Reads a non-negative INTEGER that fits 31 bits. */
  smallInteger(tag: number = tags.integer): number {
    const content = this.integer(tag);
    if (((content[0] ?? 0) & 0x80) !== 0) throw malformed('A number is negative.');
    if (content.length > 4) throw malformed('A number is too large.');
    let value = 0;
    for (const octet of content) value = value * 256 + octet;
    return value;
  }

  /** Reads a BOOLEAN (X.690 section 11.1: FALSE is 00, TRUE is FF). */
  boolean(tag: number = tags.boolean): boolean {
    const content = this.content(tag);
    const value = content[0];
    if (content.length !== 1 || (value !== 0 && value !== 0xff)) {
      throw malformed('A BOOLEAN is neither 00 nor FF.');
    }
    return value === 0xff;
  }

  /** Reads an OBJECT IDENTIFIER as dotted text. */
  oid(tag: number = tags.oid): string {
    this.enter(tag);
    return decodeOid(this.bytes, this.contentStart, this.contentEnd);
  }

  /** Reads a NULL. */
  null(): void {
    if (this.content(tags.null).length !== 0) throw malformed('A NULL has content.');
  }

  /** Reads a BIT STRING; its unused bits must be zero (X.690 section 11.2.1). */
  bitString(tag: number = tags.bitString): BitString {
    return decodeBitString(this.content(tag));
  }

  /** Reads a UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 restricts them. */
  time(): Date {
    this.skipTime();
    return toDate(this.bytes, this.contentStart, this.contentEnd);
  }

  /** Reads a GeneralizedTime: YYYYMMDDHHMMSSZ, no fraction. */
  generalizedTime(): Date {
    if (this.peekTag() !== tags.generalizedTime) throw malformed('A GeneralizedTime is missing.');
    return this.time();
  }

  /** Checks a time as {@link time} does and passes over it. */
  skipTime(): void {
    const tag = this.peekTag();
    this.enter(tag === tags.utcTime ? tags.utcTime : tags.generalizedTime);
    checkTime(this.bytes, this.contentStart, this.contentEnd, tag === tags.utcTime ? 2 : 4);
  }

  /** Checks an INTEGER as {@link integer} does and passes over it. */
  skipInteger(): void {
    this.enter(tags.integer);
    checkIntegerAt(this.bytes, this.contentStart, this.contentEnd);
  }

  /**
   * Steps into an element.
   *
   * @returns where its content ends; the caller checks that it stops there
   */
  open(tag: number): number {
    this.enter(tag);
    this.position = this.contentStart;
    return this.contentEnd;
  }

  /** Parses the next header; leaves the position behind the element. */
  private enter(expected: number | undefined): void {
    const { bytes, end } = this;
    let p = this.position;
    if (p + 2 > end) throw malformed('An element is missing or cut off.');
    const tag = bytes[p++] ?? 0;
    if (expected !== undefined && tag !== expected) {
      throw malformed(`Expected tag ${hex(expected)} but found ${hex(tag)}.`);
    }
    if ((tag & 0x1f) === 0x1f) throw malformed('A tag has more than one octet.');
    let length = bytes[p++] ?? 0;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0) throw malformed('A length is indefinite.');
      if (octets > 4 || p + octets > end) throw malformed('A length is too long or cut off.');
      length = 0;
      for (let i = 0; i < octets; i++) length = length * 256 + (bytes[p++] ?? 0);
      if (length < 0x80 || length < 256 ** (octets - 1))
        throw malformed('A length is not minimal.');
    }
    if (length > end - p) throw malformed('An element is longer than what holds it.');
    this.contentStart = p;
    this.contentEnd = p + length;
    this.position = p + length;
  }
}

/**
 * Reads an input that is exactly one element.
 *
 * @returns a reader of its content
 * @throws {@link PkiError} where the tag differs or data follows
 */
export function readSingle(bytes: Uint8Array, tag: number): DerReader {
  const outer = new DerReader(bytes);
  const content = outer.read(tag);
  outer.finish();
  return content;
}

/** Refuses an INTEGER's content that is empty or not minimal. */
export function checkInteger(content: Uint8Array): void {
  checkIntegerAt(content, 0, content.length);
}

function checkIntegerAt(bytes: Uint8Array, start: number, end: number): void {
  if (start === end) throw malformed('An INTEGER is empty.');
  if (end - start === 1) return;
  const first = bytes[start] ?? 0;
  const second = bytes[start + 1] ?? 0;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw malformed('An INTEGER is not minimal.');
  }
}

/** @returns the dotted text of an OBJECT IDENTIFIER's content (X.690 section 8.19) */
function decodeOid(bytes: Uint8Array, start: number, end: number): string {
  if (start === end || end - start > maxOidLength) {
    throw malformed('An OBJECT IDENTIFIER is empty or too long.');
  }
  let text = '';
  let arc = 0;
  let arcStart = start;
  for (let i = start; i < end; i++) {
    const octet = bytes[i] ?? 0;
    if (i === arcStart && octet === 0x80) throw malformed('An OBJECT IDENTIFIER is not minimal.');
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    const exact = arc <= Number.MAX_SAFE_INTEGER ? arc : exactArc(bytes, arcStart, i);
    text += text === '' ? firstArcs(exact) : `.${exact}`;
    arc = 0;
    arcStart = i + 1;
  }
  if (arcStart !== end) throw malformed('An OBJECT IDENTIFIER is cut off.');
  return text;
}

/** An arc beyond 53 bits, as in identifiers made of UUIDs (X.667). */
function exactArc(bytes: Uint8Array, start: number, last: number): bigint {
  let arc = 0n;
  for (let i = start; i <= last; i++) arc = (arc << 7n) | BigInt((bytes[i] ?? 0) & 0x7f);
  return arc;
}

function firstArcs(value: number | bigint): string {
  if (value < 40) return `0.${value}`;
  if (value < 80) return `1.${Number(value) - 40}`;
  return typeof value === 'number' ? `2.${value - 80}` : `2.${value - 80n}`;
}

/** @returns the bits of a BIT STRING's content */
function decodeBitString(content: Uint8Array): BitString {
  const unusedBits = content[0];
  if (unusedBits === undefined || unusedBits > 7) throw malformed('A BIT STRING is malformed.');
  const bytes = content.subarray(1);
  const last = bytes.at(-1);
  if (last === undefined ? unusedBits !== 0 : (last & ((1 << unusedBits) - 1)) !== 0) {
    throw malformed('A BIT STRING has padding bits that are not zero.');
  }
  return { bytes, unusedBits };
}

/** @returns whether a named bit (0 = the most significant of the first octet) is set */
export function bitIsSet(bits: BitString, index: number): boolean {
  return ((bits.bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
}

function hex(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`;
}
