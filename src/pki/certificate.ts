/** X.509 certificates (RFC 5280 section 4). */
import { toHex } from '../core/index.ts';
import { readAlgorithmIdentifier } from './algorithm-identifier.ts';
import {
  type AccessDescription,
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  decodeAuthorityInfoAccess,
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeExtendedKeyUsage,
  decodeKeyUsage,
  decodeSubjectKeyIdentifier,
  type KeyUsage,
} from './certificate-extensions.ts';
import { tags } from './der-tags.ts';
import { contextConstructed, contextPrimitive, DerReader, readSingle } from './der.ts';
import { decodeDistributionPoints, type DistributionPoint } from './distribution-point.ts';
import { malformed, parsingAs, PkiError } from './errors.ts';
import { decodeExtension, type Extension, readExtensions } from './extension.ts';
import { type GeneralName, parseGeneralNames } from './general-name.ts';
import { decodeNameConstraints, type NameConstraints } from './name-constraints-extension.ts';
import { type Name, readName } from './name.ts';
import { oids } from './object-identifiers.ts';
import {
  decodeCertificatePolicies,
  decodeInhibitAnyPolicy,
  decodePolicyConstraints,
  decodePolicyMappings,
  type PolicyConstraints,
  type PolicyInformation,
  type PolicyMapping,
} from './policy-extensions.ts';
import { parsePublicKey, type PublicKey } from './public-key.ts';
import { checkSignedAlgorithm, readSignedObject, type SignedObject } from './signed-object.ts';

/** A certificate, decoded in full: one that exists is well-formed, its known extensions too. */
export interface Certificate extends SignedObject {
  readonly der: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Content octets of the INTEGER: two's complement, big-endian. */
  readonly serialNumber: Uint8Array;
  readonly issuer: Name;
  readonly subject: Name;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: PublicKey;
  /** Every extension as it stands, known or not. */
  readonly extensions: readonly Extension[];
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Purposes as dotted OIDs. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  readonly subjectAlternativeName: readonly GeneralName[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  readonly certificatePolicies: readonly PolicyInformation[] | undefined;
  readonly policyMappings: readonly PolicyMapping[] | undefined;
  readonly policyConstraints: PolicyConstraints | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  readonly crlDistributionPoints: readonly DistributionPoint[] | undefined;
  readonly freshestCrl: readonly DistributionPoint[] | undefined;
  readonly authorityInfoAccess: readonly AccessDescription[] | undefined;
}

/** Largest certificate read unless the caller allows more, in octets. */
export const defaultMaxCertificateLength = 1 << 20;

/**
 * Reads a certificate. Nothing is verified but its form.
 *
 * @param der - exactly one DER Certificate; kept, not copied, so it must not be changed afterwards
 * @param maxLength - the largest input accepted, in octets
 * @throws {@link PkiError} `input_too_large`, `certificate_malformed`, `public_key_malformed`,
 *   `extension_malformed` or `extension_duplicate`
 */
export function parseCertificate(
  der: Uint8Array,
  maxLength: number = defaultMaxCertificateLength,
): Certificate {
  if (der.length > maxLength) throw new PkiError('input_too_large');
  return parsingAs('certificate_malformed', 'Certificate', () => {
    const outer = readSingle(der, tags.sequence);
    const signed = readSignedObject(outer);
    outer.finish();
    const { signedAlgorithm, ...fields } = readTbs(signed.tbsDer);
    checkSignedAlgorithm(signedAlgorithm, signed);
    return { der, ...signed, ...fields, ...decodeKnown(fields.extensions) };
  });
}

function readTbs(tbsDer: Uint8Array) {
  const tbs = new DerReader(tbsDer).read(tags.sequence);
  const version = readVersion(tbs);
  const serialNumber = tbs.integer();
  const signedAlgorithm = readAlgorithmIdentifier(tbs);
  const issuer = readName(tbs);
  const validity = tbs.read(tags.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.finish();
  const subject = readName(tbs);
  const publicKey = parsePublicKey(tbs.element(tags.sequence));
  const extensions = readTrailer(tbs, version);
  return {
    version,
    serialNumber,
    signedAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    publicKey,
    extensions,
  };
}

/** Section 4.1.2.1: v1 is the default, which DER leaves out. */
function readVersion(tbs: DerReader): 1 | 2 | 3 {
  const explicit = tbs.optional(contextConstructed(0));
  if (explicit === undefined) return 1;
  const version = explicit.smallInteger();
  explicit.finish();
  if (version === 1) return 2;
  if (version === 2) return 3;
  throw malformed('The version is not 1, 2 or 3.');
}

/** Unique identifiers (section 4.1.2.8, versions 2 and 3) and extensions (4.1.2.9, version 3). */
function readTrailer(tbs: DerReader, version: 1 | 2 | 3): readonly Extension[] {
  for (const number of [1, 2]) {
    const tag = contextPrimitive(number);
    if (tbs.peekTag() !== tag) continue;
    if (version === 1) throw malformed('A version 1 certificate has a unique identifier.');
    tbs.bitString(tag);
  }
  const explicit = tbs.optional(contextConstructed(3));
  tbs.finish();
  if (explicit === undefined) return [];
  if (version !== 3) throw malformed('Only a version 3 certificate may have extensions.');
  const extensions = readExtensions(explicit.read(tags.sequence));
  explicit.finish();
  return extensions;
}

function decodeKnown(extensions: readonly Extension[]) {
  const decode = <T>(oid: string, title: string, decoder: (value: Uint8Array) => T) =>
    decodeExtension(extensions, oid, title, decoder);
  return {
    basicConstraints: decode(oids.basicConstraints, 'Basic constraints', decodeBasicConstraints),
    keyUsage: decode(oids.keyUsage, 'Key usage', decodeKeyUsage),
    extendedKeyUsage: decode(oids.extendedKeyUsage, 'Extended key usage', decodeExtendedKeyUsage),
    subjectKeyIdentifier: decode(
      oids.subjectKeyIdentifier,
      'Subject key identifier',
      decodeSubjectKeyIdentifier,
    ),
    authorityKeyIdentifier: decode(
      oids.authorityKeyIdentifier,
      'Authority key identifier',
      decodeAuthorityKeyIdentifier,
    ),
    subjectAlternativeName: decode(
      oids.subjectAlternativeName,
      'Subject alternative name',
      parseGeneralNames,
    ),
    nameConstraints: decode(oids.nameConstraints, 'Name constraints', decodeNameConstraints),
    certificatePolicies: decode(
      oids.certificatePolicies,
      'Certificate policies',
      decodeCertificatePolicies,
    ),
    policyMappings: decode(oids.policyMappings, 'Policy mappings', decodePolicyMappings),
    policyConstraints: decode(
      oids.policyConstraints,
      'Policy constraints',
      decodePolicyConstraints,
    ),
    inhibitAnyPolicy: decode(oids.inhibitAnyPolicy, 'Inhibit anyPolicy', decodeInhibitAnyPolicy),
    crlDistributionPoints: decode(
      oids.cRLDistributionPoints,
      'CRL distribution points',
      decodeDistributionPoints,
    ),
    freshestCrl: decode(oids.freshestCRL, 'Freshest CRL', decodeDistributionPoints),
    authorityInfoAccess: decode(
      oids.authorityInfoAccess,
      'Authority information access',
      decodeAuthorityInfoAccess,
    ),
  };
}

/** @returns the serial number's content octets as lower-case hexadecimal */
export function serialNumberHex(certificate: Pick<Certificate, 'serialNumber'>): string {
  return toHex(certificate.serialNumber);
}
