/** Whether a CRL speaks of a certificate at a distribution point: RFC 5280 section 6.3.3 (b), (d). */
import { concatBytes } from '../core/index.ts';
import type { Certificate } from './certificate.ts';
import type { Crl } from './crl.ts';
import { encodeElement } from './der-writer.ts';
import { tags } from './der-tags.ts';
import { DerReader } from './der.ts';
import {
  allReasons,
  type DistributionPoint,
  type DistributionPointName,
  type ReasonFlags,
} from './distribution-point.ts';
import type { GeneralName } from './general-name.ts';
import { type Name, namesEqual, readName } from './name.ts';

/** The point that every certificate has without saying so: its issuer, for all reasons. */
export function impliedDistributionPoint(issuer: Name): DistributionPoint {
  return {
    name: { form: 'fullName', names: [{ form: 'directoryName', value: issuer }] },
    reasons: undefined,
    crlIssuer: undefined,
  };
}

/**
 * (b)(1), the names: whether the CRL is by the point's CRL issuer, which without a word is the
 * certificate's own issuer.
 */
export function isByCrlIssuer(
  crl: Crl,
  certificate: Certificate,
  { crlIssuer }: DistributionPoint,
): boolean {
  if (crlIssuer === undefined) return namesEqual(crl.issuer, certificate.issuer);
  return directoryNames(crlIssuer).some((name) => namesEqual(name, crl.issuer));
}

/** @returns why a CRL by the right issuer does not speak of the certificate here, or undefined */
export function scopeObjection(
  crl: Crl,
  certificate: Certificate,
  point: DistributionPoint,
): string | undefined {
  if (point.crlIssuer !== undefined && crl.issuingDistributionPoint?.indirectCrl !== true) {
    return 'It is not an indirect CRL, as is asked (RFC 5280 section 6.3.3 (b)(1)).';
  }
  return kindObjection(crl, certificate) ?? pointNameObjection(crl, certificate, point);
}

/** (b)(2)(ii) to (iv). */
function kindObjection(crl: Crl, { basicConstraints }: Certificate): string | undefined {
  const scope = crl.issuingDistributionPoint;
  const isCa = basicConstraints?.ca === true;
  if (scope?.onlyContainsUserCerts === true && isCa) {
    return 'It is for end entities only (RFC 5280 section 6.3.3 (b)(2)(ii)).';
  }
  if (scope?.onlyContainsCaCerts === true && !isCa) {
    return 'It is for CAs only (RFC 5280 section 6.3.3 (b)(2)(iii)).';
  }
  return scope?.onlyContainsAttributeCerts === true
    ? 'It is for attribute certificates only (RFC 5280 section 6.3.3 (b)(2)(iv)).'
    : undefined;
}

/** (b)(2)(i). */
function pointNameObjection(
  crl: Crl,
  certificate: Certificate,
  point: DistributionPoint,
): string | undefined {
  const scopeName = crl.issuingDistributionPoint?.name;
  if (scopeName === undefined) return undefined;
  const crlIssuers = point.crlIssuer === undefined ? [] : directoryNames(point.crlIssuer);
  const wanted =
    point.name === undefined
      ? (point.crlIssuer ?? [])
      : fullNames(point.name, crlIssuers[0] ?? certificate.issuer);
  const offered = fullNames(scopeName, crl.issuer);
  return wanted.some((name) => offered.some((other) => generalNamesEqual(name, other)))
    ? undefined
    : 'It is for another distribution point (RFC 5280 section 6.3.3 (b)(2)(i)).';
}

/** Section 4.2.1.13: a relative name is completed with the CRL issuer's. */
function fullNames(name: DistributionPointName, issuer: Name): readonly GeneralName[] {
  if (name.form === 'fullName') return name.names;
  const rdn = encodeElement(tags.set, name.der);
  const rdns = new DerReader(issuer.der).read(tags.sequence).rest();
  const der = encodeElement(tags.sequence, concatBytes(rdns, rdn));
  return [{ form: 'directoryName', value: readName(new DerReader(der)) }];
}

function directoryNames(names: readonly GeneralName[]): readonly Name[] {
  return names.flatMap((name) => (name.form === 'directoryName' ? [name.value] : []));
}

function generalNamesEqual(a: GeneralName, b: GeneralName): boolean {
  if (a.form === 'directoryName' && b.form === 'directoryName') return namesEqual(a.value, b.value);
  if (a.form === 'uniformResourceIdentifier' && b.form === 'uniformResourceIdentifier') {
    // Section 7.4 asks for RFC 3986 normalisation of scheme and host; the same text is enough here,
    // as both come from one CA.
    return a.value === b.value;
  }
  return false;
}

/** (d): the reasons that the CRL covers at this point. */
export function interimReasons(crl: Crl, point: DistributionPoint): ReasonFlags {
  return (
    (crl.issuingDistributionPoint?.onlySomeReasons ?? allReasons) & (point.reasons ?? allReasons)
  );
}
