/** Decoders of the certificate extensions of RFC 5280 section 4.2 that are not a topic of their own. */
import { tags } from './der-tags.ts';
import {
  bitIsSet,
  checkInteger,
  contextConstructed,
  contextPrimitive,
  DerReader,
  readSingle,
} from './der.ts';
import { malformed } from './errors.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts';

/** RFC 5280 section 4.2.1.9. */
export interface BasicConstraints {
  readonly ca: boolean;
  /** How many CA certificates may follow; undefined for any number. */
  readonly pathLength: number | undefined;
}

/** RFC 5280 section 4.2.1.3, in the order of the bits. */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** One of {@link keyUsages}. */
export type KeyUsage = (typeof keyUsages)[number];

/** RFC 5280 section 4.2.1.1. */
export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | undefined;
  readonly issuer: readonly GeneralName[] | undefined;
  /** Content octets of the issuer certificate's serial number. */
  readonly serialNumber: Uint8Array | undefined;
}

/** One element of RFC 5280 section 4.2.2.1. */
export interface AccessDescription {
  /** `oids.ocsp`, `oids.caIssuers` or another method, as a dotted OID. */
  readonly method: string;
  readonly location: GeneralName;
}

/** RFC 5280 section 4.2.1.9. @throws PkiError `der_malformed` */
export function decodeBasicConstraints(value: Uint8Array): BasicConstraints {
  const sequence = readSingle(value, tags.sequence);
  const ca = sequence.peekTag() === tags.boolean && sequence.boolean();
  const pathLength = sequence.atEnd() ? undefined : sequence.smallInteger();
  sequence.finish();
  // Section 4.2.1.9: "unless the cA boolean is asserted", no pathLenConstraint.
  if (!ca && pathLength !== undefined) throw malformed('A path length stands without cA.');
  return { ca, pathLength };
}

/** RFC 5280 section 4.2.1.3. @throws PkiError `der_malformed` */
export function decodeKeyUsage(value: Uint8Array): ReadonlySet<KeyUsage> {
  const outer = new DerReader(value);
  const bits = outer.bitString();
  outer.finish();
  if (bits.bytes.length > 2) throw malformed('A key usage has more bits than are defined.');
  const usages = new Set(keyUsages.filter((_, index) => bitIsSet(bits, index)));
  // Section 4.2.1.3: at least one bit is set.
  if (usages.size === 0) throw malformed('A key usage allows nothing.');
  return usages;
}

/** RFC 5280 section 4.2.1.12. @returns purposes as dotted OIDs. @throws PkiError `der_malformed` */
export function decodeExtendedKeyUsage(value: Uint8Array): readonly string[] {
  const sequence = readSingle(value, tags.sequence);
  const purposes: string[] = [];
  do purposes.push(sequence.oid());
  while (!sequence.atEnd());
  return purposes;
}

/** RFC 5280 section 4.2.1.2. @throws PkiError `der_malformed` */
export function decodeSubjectKeyIdentifier(value: Uint8Array): Uint8Array {
  const outer = new DerReader(value);
  const keyIdentifier = outer.content(tags.octetString);
  outer.finish();
  return keyIdentifier;
}

/** RFC 5280 section 4.2.1.1. @throws PkiError `der_malformed` */
export function decodeAuthorityKeyIdentifier(value: Uint8Array): AuthorityKeyIdentifier {
  const sequence = readSingle(value, tags.sequence);
  const keyIdentifier =
    sequence.peekTag() === contextPrimitive(0) ? sequence.content(contextPrimitive(0)) : undefined;
  const issuerNames = sequence.optional(contextConstructed(1));
  const issuer = issuerNames === undefined ? undefined : readGeneralNames(issuerNames);
  const serialNumber =
    sequence.peekTag() === contextPrimitive(2) ? sequence.content(contextPrimitive(2)) : undefined;
  if (serialNumber !== undefined) checkInteger(serialNumber);
  sequence.finish();
  // Section 4.2.1.1 and X.509 section 9.2.2.1: both or neither.
  if ((issuer === undefined) !== (serialNumber === undefined)) {
    throw malformed('An authority key identifier names an issuer or a serial number alone.');
  }
  return { keyIdentifier, issuer, serialNumber };
}

/** RFC 5280 section 4.2.2.1. @throws PkiError `der_malformed` */
export function decodeAuthorityInfoAccess(value: Uint8Array): readonly AccessDescription[] {
  const sequence = readSingle(value, tags.sequence);
  const descriptions: AccessDescription[] = [];
  do {
    const description = sequence.read(tags.sequence);
    const method = description.oid();
    descriptions.push({ method, location: readGeneralName(description) });
    description.finish();
  } while (!sequence.atEnd());
  return descriptions;
}
