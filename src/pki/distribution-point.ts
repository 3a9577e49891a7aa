/** DistributionPoint and its parts (RFC 5280 section 4.2.1.13), shared by certificates and CRLs. */
import { tags } from './der-tags.ts';
import { bitIsSet, contextConstructed, contextPrimitive, DerReader, readSingle } from './der.ts';
import { malformed } from './errors.ts';
import { type GeneralName, readGeneralNames } from './general-name.ts';
import { readRdn, type RelativeDistinguishedName } from './name.ts';

/** ReasonFlags, in the order of the bits; bit 0 is unused. */
export const revocationReasonFlags = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

/** A set of reasons, bit i for `revocationReasonFlags[i]`. */
export type ReasonFlags = number;

/** Every reason that a CRL can be about: bits 1 to 8. */
export const allReasons: ReasonFlags = 0b1_1111_1110;

/** How a distribution point is named. */
export type DistributionPointName =
  | { readonly form: 'fullName'; readonly names: readonly GeneralName[] }
  | {
      readonly form: 'nameRelativeToCRLIssuer';
      readonly rdn: RelativeDistinguishedName;
      /** The content octets of the RDN. */
      readonly der: Uint8Array;
    };

/** Where the CRL of a certificate is to be had, which reasons it covers and who issues it. */
export interface DistributionPoint {
  readonly name: DistributionPointName | undefined;
  /** Undefined where it covers all reasons. */
  readonly reasons: ReasonFlags | undefined;
  /** Undefined where the certificate's issuer issues the CRL too. */
  readonly crlIssuer: readonly GeneralName[] | undefined;
}

/** Reads CRLDistributionPoints, which FreshestCRL (section 5.2.6) has the form of. @throws PkiError `der_malformed` */
export function decodeDistributionPoints(value: Uint8Array): readonly DistributionPoint[] {
  const sequence = readSingle(value, tags.sequence);
  const points: DistributionPoint[] = [];
  do points.push(readDistributionPoint(sequence.read(tags.sequence)));
  while (!sequence.atEnd());
  return points;
}

function readDistributionPoint(sequence: DerReader): DistributionPoint {
  const name = readOptionalDistributionPointName(sequence);
  const reasons = readOptionalReasonFlags(sequence, 1);
  const issuer = sequence.optional(contextConstructed(2));
  const crlIssuer = issuer === undefined ? undefined : readGeneralNames(issuer);
  sequence.finish();
  if (name === undefined && crlIssuer === undefined) {
    throw malformed('A distribution point has neither a name nor a CRL issuer.');
  }
  return { name, reasons, crlIssuer };
}

/** Reads `distributionPoint [0]`, a CHOICE and so explicitly tagged. */
export function readOptionalDistributionPointName(
  sequence: DerReader,
): DistributionPointName | undefined {
  const choice = sequence.optional(contextConstructed(0));
  if (choice === undefined) return undefined;
  const fullName = choice.optional(contextConstructed(0));
  const name: DistributionPointName =
    fullName === undefined
      ? readRelativeName(choice.content(contextConstructed(1)))
      : { form: 'fullName', names: readGeneralNames(fullName) };
  choice.finish();
  return name;
}

function readRelativeName(der: Uint8Array): DistributionPointName {
  return { form: 'nameRelativeToCRLIssuer', rdn: readRdn(new DerReader(der)), der };
}

/** Reads implicitly tagged ReasonFlags. */
export function readOptionalReasonFlags(
  sequence: DerReader,
  number: number,
): ReasonFlags | undefined {
  const tag = contextPrimitive(number);
  if (sequence.peekTag() !== tag) return undefined;
  const bits = sequence.bitString(tag);
  if (bits.bytes.length > 2) throw malformed('Reason flags have more bits than are defined.');
  let reasons = 0;
  for (let i = 1; i < revocationReasonFlags.length; i++) if (bitIsSet(bits, i)) reasons |= 1 << i;
  return reasons;
}
