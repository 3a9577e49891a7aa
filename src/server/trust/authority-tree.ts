/**
 * Certificate authorities as people look at them: what each certificate says in full, and which of
 * them issued which. A tree is drawn by names and key identifiers, as path building does it; that a
 * signature is good shows only where a path is validated.
 */
import { createHash } from 'node:crypto';
import { bytesEqual, toHex } from '../../core/index.ts';
import {
  formatName,
  namesEqual,
  oids,
  parseCertificate,
  type Certificate,
  type DistributionPoint,
} from '../../pki/index.ts';
import type { CertificateSummary } from '../../protocol/index.ts';
import { summarizeCertificate } from '../../verifier/index.ts';

/** A CA certificate in full. */
export interface AuthorityCertificate extends CertificateSummary {
  /** Hexadecimal SHA-1 of the DER: some programs name certificates by it. */
  readonly sha1: string;
  /** By their names in RFC 5280 section 4.2.1.3; empty where the certificate does not say. */
  readonly keyUsages: readonly string[];
  /** By name where it is one of RFC 5280's, else dotted OIDs. */
  readonly extendedKeyUsages: readonly string[];
  /** How many CAs may follow; undefined for any number. */
  readonly pathLength: number | undefined;
  /** Hexadecimal. */
  readonly subjectKeyIdentifier: string | undefined;
  /** Hexadecimal. */
  readonly authorityKeyIdentifier: string | undefined;
  /** Where its own CRL is to be had. */
  readonly crlAddresses: readonly string[];
  /** Responders that know its own status. */
  readonly ocspAddresses: readonly string[];
  /** True where it is its own issuer. */
  readonly selfIssued: boolean;
}

/** One authority in the tree. */
export interface AuthorityNode {
  readonly id: string;
  readonly certificate: AuthorityCertificate;
  readonly children: readonly AuthorityNode[];
}

/** A tree's top: an authority that is its own issuer, or whose issuer is not there. */
export interface AuthorityTree {
  /** RFC 4514 name of the issuer that is not there; undefined where the top is its own. */
  readonly missingIssuer: string | undefined;
  readonly top: AuthorityNode;
}

/** An authority's id and certificate. */
export interface StoredAuthorityCertificate {
  readonly id: string;
  readonly der: Uint8Array;
}

interface Entry {
  readonly id: string;
  readonly certificate: Certificate;
}

/**
 * Draws the trees of authorities.
 *
 * @param authorities - each with a well-formed certificate
 * @returns one tree for each top, in the order given; every authority stands in exactly one
 */
export function authorityTrees(
  authorities: readonly StoredAuthorityCertificate[],
): readonly AuthorityTree[] {
  const entries = authorities.map(({ id, der }) => ({ id, certificate: parseCertificate(der) }));
  const parents = new Map(entries.map((entry) => [entry, findIssuer(entry, entries)]));
  const placed = new Set<Entry>();
  const toNode = (entry: Entry): AuthorityNode => {
    placed.add(entry);
    const below = entries.filter((other) => !placed.has(other) && parents.get(other) === entry);
    return {
      id: entry.id,
      certificate: describeAuthority(entry.certificate),
      children: below.map(toNode),
    };
  };
  const toTree = (entry: Entry): AuthorityTree => {
    const { issuer } = entry.certificate;
    const isMissing = parents.get(entry) === undefined && !isSelfIssued(entry.certificate);
    return { missingIssuer: isMissing ? formatName(issuer) : undefined, top: toNode(entry) };
  };
  const tops = entries.filter((entry) => parents.get(entry) === undefined).map(toTree);
  // Two that certify each other have no top; the one given first stands for it.
  const circles = entries.flatMap((entry) => (placed.has(entry) ? [] : [toTree(entry)]));
  return [...tops, ...circles];
}

/** Describes a CA certificate in full. */
export function describeAuthority(certificate: Certificate): AuthorityCertificate {
  const { subjectKeyIdentifier, authorityKeyIdentifier, authorityInfoAccess = [] } = certificate;
  const aki = authorityKeyIdentifier?.keyIdentifier;
  return {
    ...summarizeCertificate(certificate),
    sha1: createHash('sha1').update(certificate.der).digest('hex'),
    keyUsages: [...(certificate.keyUsage ?? [])],
    extendedKeyUsages: (certificate.extendedKeyUsage ?? []).map(purposeName),
    pathLength: certificate.basicConstraints?.pathLength,
    subjectKeyIdentifier: subjectKeyIdentifier && toHex(subjectKeyIdentifier),
    authorityKeyIdentifier: aki && toHex(aki),
    crlAddresses: (certificate.crlDistributionPoints ?? []).flatMap(pointAddresses),
    ocspAddresses: authorityInfoAccess.flatMap(({ method, location }) =>
      method === oids.ocsp && location.form === 'uniformResourceIdentifier' ? [location.value] : [],
    ),
    selfIssued: isSelfIssued(certificate),
  };
}

const purposes: ReadonlyMap<string, string> = new Map([
  [oids.serverAuth, 'serverAuth'],
  [oids.clientAuth, 'clientAuth'],
  [oids.ocspSigning, 'OCSPSigning'],
  [oids.anyExtendedKeyUsage, 'any'],
]);

function purposeName(oid: string): string {
  return purposes.get(oid) ?? oid;
}

function pointAddresses({ name }: DistributionPoint): readonly string[] {
  if (name?.form !== 'fullName') return [];
  return name.names.flatMap((one) => (one.form === 'uniformResourceIdentifier' ? [one.value] : []));
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return namesEqual(subject, issuer);
}

/** The entry whose name and, where both say one, key identifier are the issuer's. */
function findIssuer(entry: Entry, entries: readonly Entry[]): Entry | undefined {
  const { certificate } = entry;
  if (isSelfIssued(certificate)) return undefined;
  const wanted = certificate.authorityKeyIdentifier?.keyIdentifier;
  return entries.find((other) => {
    if (other === entry || !namesEqual(other.certificate.subject, certificate.issuer)) return false;
    const offered = other.certificate.subjectKeyIdentifier;
    return wanted === undefined || offered === undefined || bytesEqual(wanted, offered);
  });
}
