/** PEM (RFC 7468), read strictly and within bounds. */
import { decodeBase64, encodeBase64 } from '../core/index.ts';
import { PkiError } from './errors.ts';

/** One object of a PEM text. */
export interface PemBlock {
  /** What stands after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  readonly der: Uint8Array;
}

/** Bounds of {@link parsePem}. */
export interface PemLimits {
  /** Longest text, in UTF-16 code units. */
  readonly maxLength: number;
  /** Most objects in it. */
  readonly maxBlocks: number;
}

const defaultLimits: PemLimits = { maxLength: 16 << 20, maxBlocks: 1000 };

// Section 3: a label is printable, without a hyphen at its ends; the longest in use has 25 letters.
const boundary = /^-----(BEGIN|END) ([!-,.-~](?:[ -]?[!-,.-~]){0,63})-----[ \t]*$/;

/**
 * Reads every object of a PEM text. Text outside the objects is skipped (section 5.2); within them
 * only base64 with the canonical padding may stand, at any line width: no headers (RFC 1421), no
 * blank or foreign characters but the line ends.
 *
 * @returns the objects in their order; an empty list where there is none
 * @throws {@link PkiError} `pem_malformed` or `input_too_large`
 */
export function parsePem(text: string, limits: PemLimits = defaultLimits): readonly PemBlock[] {
  if (text.length > limits.maxLength) throw new PkiError('input_too_large');
  const blocks: PemBlock[] = [];
  let open: { readonly label: string; readonly start: number } | undefined;
  for (let position = text.indexOf('-----'); position !== -1;) {
    const { start, end } = lineAround(text, position);
    const match = boundary.exec(text.slice(start, Math.min(end, start + 256)));
    if (match !== null) {
      const [, verb, label = ''] = match;
      if (verb === 'BEGIN') {
        if (open !== undefined) throw pemError(`"${open.label}" has no END line.`);
        open = { label, start: end };
      } else {
        if (open?.label !== label) throw pemError(`END ${label} has no BEGIN line.`);
        if (blocks.length >= limits.maxBlocks) throw new PkiError('input_too_large');
        blocks.push({ label, der: decodeBody(label, text.slice(open.start, start)) });
        open = undefined;
      }
    }
    position = text.indexOf('-----', end);
  }
  if (open !== undefined) throw pemError(`"${open.label}" has no END line.`);
  return blocks;
}

/** The line that holds `position`, without its line end. */
function lineAround(text: string, position: number): { start: number; end: number } {
  const start = text.lastIndexOf('\n', position) + 1;
  const newline = text.indexOf('\n', position);
  const end = newline === -1 ? text.length : newline;
  return { start, end: text[end - 1] === '\r' ? end - 1 : end };
}

function decodeBody(label: string, body: string): Uint8Array {
  const der = decodeBase64(body.replace(/[ \t]*\r?\n/g, ''));
  if (der === undefined || der.length === 0) throw pemError(`"${label}" is not strict base64.`);
  return der;
}

function pemError(message: string): PkiError {
  return new PkiError('pem_malformed', { message: `PEM: ${message}` });
}

/** Writes one object as RFC 7468 section 3 generates it: 64 characters a line, LF line ends. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
