/**
 * Strict base64 (RFC 4648 section 4) and base64url without padding (RFC 4648 section 5, as RFC 7515
 * section 2 uses it). A text decodes to one byte string and back to the same text, or is refused:
 * no white space, no foreign characters, no non-zero trailing bits, exact padding.
 */

const standardAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const urlAlphabet = standardAlphabet.slice(0, 62) + '-_';
const invalid = 0xff;

function decodeTable(alphabet: string): Uint8Array {
  const table = new Uint8Array(128).fill(invalid);
  for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i;
  return table;
}

const standardTable = decodeTable(standardAlphabet);
const urlTable = decodeTable(urlAlphabet);

const standardCodes = encodeTable(standardAlphabet);
const urlCodes = encodeTable(urlAlphabet);
const asciiDecoder = new TextDecoder();

/** The character codes of an alphabet: a text that is put together of characters is mostly garbage. */
function encodeTable(alphabet: string): Uint8Array {
  return Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
}

function encode(bytes: Uint8Array, codes: Uint8Array): string {
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  // What is written beyond the end, for lack of a third or second octet, is dropped.
  for (let i = 0, position = 0; i < bytes.length; i += 3) {
    const n = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[position++] = codes[n >> 18] ?? 0;
    out[position++] = codes[(n >> 12) & 63] ?? 0;
    out[position++] = codes[(n >> 6) & 63] ?? 0;
    out[position++] = codes[n & 63] ?? 0;
  }
  return asciiDecoder.decode(out);
}

/** @returns undefined where the text is not the canonical form of any byte string */
function decode(text: string, table: Uint8Array): Uint8Array | undefined {
  const rest = text.length % 4;
  if (rest === 1) return undefined;
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let position = 0;
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const value = table[text.charCodeAt(i)] ?? invalid;
    if (value === invalid) return undefined;
    buffer = ((buffer << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[position++] = (buffer >> bits) & 0xff;
    }
  }
  const trailing = buffer & ((1 << bits) - 1);
  return trailing === 0 ? out : undefined;
}

/** base64url without padding. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, urlCodes);
}

/** @returns the bytes, or undefined where the text is not strict, unpadded base64url */
export function decodeBase64Url(text: string): Uint8Array | undefined {
  return decode(text, urlTable);
}

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const body = encode(bytes, standardCodes);
  return body + '='.repeat((4 - (body.length % 4)) % 4);
}

/** @returns the bytes, or undefined where the text is not strict, padded base64 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode(text.slice(0, text.length - padding), standardTable);
}
