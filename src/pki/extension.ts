/** Extensions as they stand (RFC 5280 section 4.2), before anyone asks what they say. */
import type { DerReader } from './der.ts';
import { tags } from './der-tags.ts';
import { malformed, parsingAs, PkiError } from './errors.ts';

/** One extension of a certificate, a CRL, a CRL entry or an OCSP response. */
export interface Extension {
  /** Its type, as a dotted OID. */
  readonly oid: string;
  readonly critical: boolean;
  /** The content of extnValue: the extension's own DER. */
  readonly value: Uint8Array;
}

/**
 * Reads the content of an Extensions sequence: at least one, none twice.
 *
 * @throws PkiError `der_malformed` or `extension_duplicate`
 */
export function readExtensions(sequence: DerReader): readonly Extension[] {
  const extensions: Extension[] = [];
  let seen: Set<string> | undefined;
  if (sequence.atEnd()) throw malformed('The list of extensions is empty.');
  while (!sequence.atEnd()) {
    const extension = readExtension(sequence.read(tags.sequence));
    // Looking back is quickest for the ten or so that there are; a set takes over for those who try.
    const known =
      extensions.length < 32
        ? extensions.some(({ oid }) => oid === extension.oid)
        : (seen ??= new Set(extensions.map(({ oid }) => oid))).has(extension.oid);
    if (known) throw new PkiError('extension_duplicate');
    seen?.add(extension.oid);
    extensions.push(extension);
  }
  return extensions;
}

function readExtension(sequence: DerReader): Extension {
  const oid = sequence.oid();
  // DER leaves out a default; many certificates spell FALSE out, and nothing hangs on it.
  const critical = sequence.peekTag() === tags.boolean && sequence.boolean();
  const value = sequence.content(tags.octetString);
  sequence.finish();
  return { oid, critical, value };
}

/**
 * Decodes one extension of a list.
 *
 * @returns the decoded value, or undefined where the list has no such extension
 * @throws PkiError `extension_malformed`
 */
export function decodeExtension<T>(
  extensions: readonly Extension[],
  oid: string,
  title: string,
  decode: (value: Uint8Array) => T,
): T | undefined {
  const extension = extensions.find((candidate) => candidate.oid === oid);
  if (extension === undefined) return undefined;
  return parsingAs('extension_malformed', title, () => decode(extension.value));
}
