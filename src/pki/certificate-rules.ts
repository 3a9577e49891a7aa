/**
 * The rules of RFC 5280 section 6.1 that one certificate keeps or breaks by itself, whatever path it
 * stands in.
 */
import { formatSecond } from '../core/index.ts';
import type { Certificate } from './certificate.ts';
import { namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import type { PathRuleCode } from './path-rules.ts';

/**
 * Critical extensions that are processed (section 4.2). Revocation checking processes distribution
 * points; key identifiers and access descriptions help building; issuerAltName says nothing that
 * validation could use.
 */
const processedExtensions: ReadonlySet<string> = new Set([
  oids.basicConstraints,
  oids.keyUsage,
  oids.extendedKeyUsage,
  oids.subjectAlternativeName,
  oids.issuerAlternativeName,
  oids.nameConstraints,
  oids.certificatePolicies,
  oids.policyMappings,
  oids.policyConstraints,
  oids.inhibitAnyPolicy,
  oids.subjectKeyIdentifier,
  oids.authorityKeyIdentifier,
  oids.cRLDistributionPoints,
  oids.freshestCRL,
  oids.authorityInfoAccess,
  oids.ocspNoCheck,
]);

/** @returns the OID of a critical extension that is not processed, or undefined */
export function unknownCriticalExtension({ extensions }: Certificate): string | undefined {
  return extensions.find(({ oid, critical }) => critical && !processedExtensions.has(oid))?.oid;
}

/** Section 6.1: "a certificate is self-issued if the same DN appears as subject and issuer". */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return namesEqual(subject, issuer);
}

/** A rule that a CA certificate breaks whatever path it stands in. */
export interface IssuerObjection {
  readonly code: Extract<
    PathRuleCode,
    | 'certificate_not_yet_valid'
    | 'certificate_expired'
    | 'not_a_ca'
    | 'key_usage_without_cert_sign'
    | 'unknown_critical_extension'
  >;
  readonly detail?: string | undefined;
}

/** Section 6.1.3 (a)(2). @returns undefined where the certificate is valid at that time */
export function validityObjection(
  { notBefore, notAfter }: Certificate,
  time: Date,
): IssuerObjection | undefined {
  const now = time.getTime();
  if (now < notBefore.getTime()) {
    return { code: 'certificate_not_yet_valid', detail: `Valid from ${formatSecond(notBefore)}.` };
  }
  if (now > notAfter.getTime()) {
    return { code: 'certificate_expired', detail: `Valid until ${formatSecond(notAfter)}.` };
  }
  return undefined;
}

/** Section 6.1.4 (k) and (n). @returns undefined for a certificate of a CA that may issue others */
export function authorityObjection(certificate: Certificate): IssuerObjection | undefined {
  // (k): versions 1 and 2 cannot say that they are a CA's, and nobody else says so here.
  if (certificate.version !== 3 || certificate.basicConstraints?.ca !== true) {
    return { code: 'not_a_ca' };
  }
  if (certificate.keyUsage?.has('keyCertSign') === false) {
    return { code: 'key_usage_without_cert_sign' };
  }
  return undefined;
}

/** Sections 6.1.4 (o) and 6.1.5 (f). @returns undefined where every critical extension is processed */
export function criticalObjection(certificate: Certificate): IssuerObjection | undefined {
  const oid = unknownCriticalExtension(certificate);
  if (oid === undefined) return undefined;
  return { code: 'unknown_critical_extension', detail: `Its OID is ${oid}.` };
}

/**
 * The rules for an intermediate CA that depend on nothing but its certificate and the time.
 *
 * @returns the first broken one, or undefined
 */
export function issuerObjection(certificate: Certificate, time: Date): IssuerObjection | undefined {
  return (
    validityObjection(certificate, time) ??
    authorityObjection(certificate) ??
    criticalObjection(certificate)
  );
}
