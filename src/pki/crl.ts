/** Certificate revocation lists (RFC 5280 section 5). */
import { readAlgorithmIdentifier } from './algorithm-identifier.ts';
import {
  type AuthorityKeyIdentifier,
  decodeAuthorityKeyIdentifier,
} from './certificate-extensions.ts';
import { CrlEntries, type CrlEntry } from './crl-entries.ts';
import { tags } from './der-tags.ts';
import { contextConstructed, contextPrimitive, DerReader, readSingle } from './der.ts';
import {
  decodeDistributionPoints,
  type DistributionPoint,
  type DistributionPointName,
  readOptionalDistributionPointName,
  readOptionalReasonFlags,
  type ReasonFlags,
} from './distribution-point.ts';
import { malformed, parsingAs, PkiError } from './errors.ts';
import { decodeExtension, type Extension, readExtensions } from './extension.ts';
import { type Name, readName } from './name.ts';
import { oids } from './object-identifiers.ts';
import { checkSignedAlgorithm, readSignedObject, type SignedObject } from './signed-object.ts';

/** RFC 5280 section 5.2.5: what a CRL is about. */
export interface IssuingDistributionPoint {
  /** The extension's DER; a delta CRL has the same as its complete CRL. */
  readonly der: Uint8Array;
  readonly name: DistributionPointName | undefined;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCaCerts: boolean;
  readonly onlySomeReasons: ReasonFlags | undefined;
  readonly indirectCrl: boolean;
  readonly onlyContainsAttributeCerts: boolean;
}

/** A CRL. Entries stay in the bytes they came in. */
export interface Crl extends SignedObject {
  readonly der: Uint8Array;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly extensions: readonly Extension[];
  /** Content octets of a non-negative INTEGER. */
  readonly crlNumber: Uint8Array | undefined;
  /** The number of the complete CRL that this delta builds on; undefined for a complete CRL. */
  readonly baseCrlNumber: Uint8Array | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  readonly issuingDistributionPoint: IssuingDistributionPoint | undefined;
  readonly freshestCrl: readonly DistributionPoint[] | undefined;
  /** A critical extension, of the CRL or of an entry, that is not processed; or undefined. */
  readonly unknownCriticalExtension: string | undefined;
  /** How many certificates it lists. */
  readonly entryCount: number;
  /**
   * @param serialNumber - content octets of the certificate's serial number
   * @param certificateIssuer - the certificate's issuer
   */
  find(serialNumber: Uint8Array, certificateIssuer: Name): CrlEntry | undefined;
}

/** Largest CRL read unless the caller allows more, in octets. */
export const defaultMaxCrlLength = 64 << 20;

const processedExtensions: ReadonlySet<string> = new Set([
  oids.authorityKeyIdentifier,
  oids.issuerAlternativeName,
  oids.cRLNumber,
  oids.deltaCRLIndicator,
  oids.issuingDistributionPoint,
  oids.freshestCRL,
  oids.authorityInfoAccess,
]);

/**
 * Reads a CRL. Nothing is verified but its form.
 *
 * @param der - exactly one DER CertificateList; kept, not copied, so it must not be changed later
 * @param maxLength - the largest input accepted, in octets
 * @throws PkiError `input_too_large`, `crl_malformed`, `extension_malformed`, `extension_duplicate`
 */
export function parseCrl(der: Uint8Array, maxLength: number = defaultMaxCrlLength): Crl {
  if (der.length > maxLength) throw new PkiError('input_too_large');
  return parsingAs('crl_malformed', 'CRL', () => {
    const outer = readSingle(der, tags.sequence);
    const signed = readSignedObject(outer);
    outer.finish();
    const { signedAlgorithm, entries, ...fields } = readTbs(signed.tbsDer);
    checkSignedAlgorithm(signedAlgorithm, signed);
    const known = decodeKnown(fields.extensions);
    if (entries?.namesIssuers === true && known.issuingDistributionPoint?.indirectCrl !== true) {
      throw malformed('A CRL that is not indirect names certificate issuers.');
    }
    return {
      der,
      ...signed,
      ...fields,
      ...known,
      unknownCriticalExtension:
        fields.extensions.find(({ oid, critical }) => critical && !processedExtensions.has(oid))
          ?.oid ?? entries?.unknownCriticalExtension,
      entryCount: entries?.count ?? 0,
      find: (serialNumber, certificateIssuer) =>
        entries?.find(serialNumber, certificateIssuer, fields.issuer),
    };
  });
}

function readTbs(tbsDer: Uint8Array) {
  const tbs = new DerReader(tbsDer).read(tags.sequence);
  // Section 5.1.2.1: version 2 where there are extensions; version 1 leaves the field out.
  const version = tbs.peekTag() === tags.integer ? tbs.smallInteger() : 0;
  if (version > 1) throw malformed('The version is not 1 or 2.');
  const signedAlgorithm = readAlgorithmIdentifier(tbs);
  const issuer = readName(tbs);
  const thisUpdate = tbs.time();
  const hasNextUpdate = tbs.peekTag() === tags.utcTime || tbs.peekTag() === tags.generalizedTime;
  const nextUpdate = hasNextUpdate ? tbs.time() : undefined;
  const entries = readEntries(tbs, tbsDer);
  const explicit = tbs.optional(contextConstructed(0));
  tbs.finish();
  if (explicit !== undefined && version !== 1) throw malformed('A version 1 CRL has extensions.');
  const extensions = explicit === undefined ? [] : readExtensions(explicit.read(tags.sequence));
  explicit?.finish();
  return { signedAlgorithm, issuer, thisUpdate, nextUpdate, extensions, entries };
}

function readEntries(tbs: DerReader, tbsDer: Uint8Array): CrlEntries | undefined {
  if (tbs.peekTag() !== tags.sequence) return undefined;
  const start = tbs.read(tags.sequence).offset;
  return new CrlEntries(tbsDer, start, tbs.offset);
}

function decodeKnown(extensions: readonly Extension[]) {
  const decode = <T>(oid: string, title: string, decoder: (value: Uint8Array) => T) =>
    decodeExtension(extensions, oid, title, decoder);
  return {
    crlNumber: decode(oids.cRLNumber, 'CRL number', decodeCrlNumber),
    baseCrlNumber: decode(oids.deltaCRLIndicator, 'Delta CRL indicator', decodeCrlNumber),
    authorityKeyIdentifier: decode(
      oids.authorityKeyIdentifier,
      'Authority key identifier',
      decodeAuthorityKeyIdentifier,
    ),
    issuingDistributionPoint: decode(
      oids.issuingDistributionPoint,
      'Issuing distribution point',
      decodeIssuingDistributionPoint,
    ),
    freshestCrl: decode(oids.freshestCRL, 'Freshest CRL', decodeDistributionPoints),
  };
}

/** Section 5.2.3: a non-negative integer of at most 20 octets. */
function decodeCrlNumber(value: Uint8Array): Uint8Array {
  const outer = new DerReader(value);
  const number = outer.integer();
  outer.finish();
  if (((number[0] ?? 0) & 0x80) !== 0 || number.length > 21) {
    throw malformed('A CRL number is negative or too large.');
  }
  return number;
}

/** Orders two CRL numbers. */
export function compareCrlNumbers(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length;
  const i = a.findIndex((octet, index) => octet !== b[index]);
  return i === -1 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}

function decodeIssuingDistributionPoint(value: Uint8Array): IssuingDistributionPoint {
  const sequence = readSingle(value, tags.sequence);
  if (sequence.atEnd()) throw malformed('It says nothing.');
  const flag = (number: number): boolean =>
    sequence.peekTag() === contextPrimitive(number) && sequence.boolean(contextPrimitive(number));
  const point = {
    der: value,
    name: readOptionalDistributionPointName(sequence),
    onlyContainsUserCerts: flag(1),
    onlyContainsCaCerts: flag(2),
    onlySomeReasons: readOptionalReasonFlags(sequence, 3),
    indirectCrl: flag(4),
    onlyContainsAttributeCerts: flag(5),
  };
  sequence.finish();
  const kinds = [
    point.onlyContainsUserCerts,
    point.onlyContainsCaCerts,
    point.onlyContainsAttributeCerts,
  ];
  if (kinds.filter(Boolean).length > 1) throw malformed('It excludes every certificate.');
  return point;
}
