/** Decoder of the name constraints extension (RFC 5280 section 4.2.1.10). */
import { tags } from './der-tags.ts';
import { contextConstructed, type DerReader, readSingle } from './der.ts';
import { malformed } from './errors.ts';
import { type GeneralName, readGeneralName } from './general-name.ts';

/** Subtrees that names of later certificates must lie in, or must not. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** Reads the extension's value. @throws PkiError `der_malformed` */
export function decodeNameConstraints(value: Uint8Array): NameConstraints {
  const sequence = readSingle(value, tags.sequence);
  const permitted = sequence.optional(contextConstructed(0));
  const excluded = sequence.optional(contextConstructed(1));
  sequence.finish();
  if (permitted === undefined && excluded === undefined) {
    throw malformed('Name constraints constrain nothing.');
  }
  return {
    permitted: permitted === undefined ? [] : readSubtrees(permitted),
    excluded: excluded === undefined ? [] : readSubtrees(excluded),
  };
}

function readSubtrees(subtrees: DerReader): readonly GeneralName[] {
  const bases: GeneralName[] = [];
  do {
    const subtree = subtrees.read(tags.sequence);
    const base = readGeneralName(subtree);
    // Minimum is zero, which DER leaves out, and maximum is absent.
    subtree.finish();
    checkAddressRange(base);
    bases.push(base);
  } while (!subtrees.atEnd());
  return bases;
}

/** An address range is an address and a mask of the same length; the mask is a prefix. */
function checkAddressRange(base: GeneralName): void {
  if (base.form !== 'iPAddress') return;
  const { length } = base.value;
  if (length !== 8 && length !== 32) throw malformed('An address range has the wrong length.');
  const mask = base.value.subarray(length / 2);
  let zeroSeen = false;
  for (const octet of mask) {
    for (let bit = 0x80; bit > 0; bit >>= 1) {
      if ((octet & bit) === 0) zeroSeen = true;
      else if (zeroSeen) throw malformed('An address range has a mask with holes.');
    }
  }
}
