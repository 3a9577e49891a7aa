/** OCSP responses (RFC 6960 section 4.2). */
import { readAlgorithmIdentifier } from './algorithm-identifier.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { tags } from './der-tags.ts';
import { contextConstructed, contextPrimitive, DerReader, readSingle } from './der.ts';
import { malformed, parsingAs, PkiError } from './errors.ts';
import { type Extension, readExtensions } from './extension.ts';
import { type Name, readName } from './name.ts';
import { oids } from './object-identifiers.ts';
import { reasonFromCode, type RevocationReason } from './revocation-reason.ts';
import { readSignedObject, type SignedObject } from './signed-object.ts';

/** RFC 6960 section 4.2.1; all but the first carry no status of any certificate. */
export type OcspResponseStatus =
  'successful' | 'malformedRequest' | 'internalError' | 'tryLater' | 'sigRequired' | 'unauthorized';

const responseStatuses: readonly (OcspResponseStatus | undefined)[] = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
];

/** An OCSP response. */
export interface OcspResponse {
  readonly der: Uint8Array;
  readonly responseStatus: OcspResponseStatus;
  /** There exactly if the status is `successful`. */
  readonly basic: BasicOcspResponse | undefined;
}

/** The signed part of an OCSP response. */
export interface BasicOcspResponse extends SignedObject {
  readonly responderId: ResponderId;
  readonly producedAt: Date;
  readonly responses: readonly SingleOcspResponse[];
  readonly extensions: readonly Extension[];
  /** Certificates that the responder sends along; trusted for nothing by themselves. */
  readonly certificates: readonly Certificate[];
}

/** Who signed, as the response itself says. */
export type ResponderId =
  | { readonly form: 'byName'; readonly name: Name }
  /** SHA-1 of the content of subjectPublicKey. */
  | { readonly form: 'byKey'; readonly keyHash: Uint8Array };

/** Which certificate a status is of. */
export interface CertId {
  /** Dotted OID of the hash. */
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialNumber: Uint8Array;
}

/** The status of one certificate. */
export interface SingleOcspResponse {
  readonly certId: CertId;
  readonly status: OcspCertStatus;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly extensions: readonly Extension[];
}

/** RFC 6960 section 2.2. */
export type OcspCertStatus =
  | { readonly status: 'good' }
  | { readonly status: 'unknown' }
  | {
      readonly status: 'revoked';
      readonly revocationDate: Date;
      readonly reason: RevocationReason;
    };

/** Largest OCSP response read unless the caller allows more, in octets. */
export const defaultMaxOcspResponseLength = 1 << 20;

/**
 * Reads an OCSP response. Nothing is verified but its form.
 *
 * @param der - exactly one DER OCSPResponse; kept, not copied, so it must not be changed afterwards
 * @param maxLength - the largest input accepted, in octets
 * @throws PkiError `input_too_large`, `ocsp_response_malformed`, or the code of a certificate in it
 */
export function parseOcspResponse(
  der: Uint8Array,
  maxLength: number = defaultMaxOcspResponseLength,
): OcspResponse {
  if (der.length > maxLength) throw new PkiError('input_too_large');
  return parsingAs('ocsp_response_malformed', 'OCSP response', () => {
    const outer = readSingle(der, tags.sequence);
    const responseStatus = responseStatuses[outer.smallInteger(tags.enumerated)];
    if (responseStatus === undefined) throw malformed('The response status is not defined.');
    const bytes = outer.optional(contextConstructed(0));
    outer.finish();
    if ((bytes === undefined) === (responseStatus === 'successful')) {
      throw malformed('The response status and the response do not go together.');
    }
    return { der, responseStatus, basic: bytes === undefined ? undefined : readBasic(bytes) };
  });
}

function readBasic(explicit: DerReader): BasicOcspResponse {
  const responseBytes = explicit.read(tags.sequence);
  explicit.finish();
  if (responseBytes.oid() !== oids.ocspBasic) throw malformed('The response type is not basic.');
  const basic = readSingle(responseBytes.content(tags.octetString), tags.sequence);
  responseBytes.finish();
  const signed = readSignedObject(basic);
  const certificates = readCertificates(basic);
  basic.finish();
  return { ...signed, certificates, ...readResponseData(signed.tbsDer) };
}

function readCertificates(basic: DerReader): readonly Certificate[] {
  const explicit = basic.optional(contextConstructed(0));
  if (explicit === undefined) return [];
  const sequence = explicit.read(tags.sequence);
  explicit.finish();
  const certificates: Certificate[] = [];
  while (!sequence.atEnd()) certificates.push(parseCertificate(sequence.element(tags.sequence)));
  return certificates;
}

function readResponseData(tbsDer: Uint8Array) {
  const data = new DerReader(tbsDer).read(tags.sequence);
  const version = data.optional(contextConstructed(0));
  if (version !== undefined) {
    // Section 4.2.1: v1, which DER leaves out; responders that spell it out mean the same.
    if (version.smallInteger() !== 0) throw malformed('The version is not 1.');
    version.finish();
  }
  const responderId = readResponderId(data);
  const producedAt = data.generalizedTime();
  const list = data.read(tags.sequence);
  const responses: SingleOcspResponse[] = [];
  while (!list.atEnd()) responses.push(readSingleResponse(list.read(tags.sequence)));
  const extensions = readOptionalExtensions(data);
  data.finish();
  return { responderId, producedAt, responses, extensions };
}

function readResponderId(data: DerReader): ResponderId {
  const byName = data.optional(contextConstructed(1));
  if (byName !== undefined) {
    const name = readName(byName);
    byName.finish();
    return { form: 'byName', name };
  }
  const byKey = data.read(contextConstructed(2));
  const keyHash = byKey.content(tags.octetString);
  byKey.finish();
  return { form: 'byKey', keyHash };
}

function readSingleResponse(single: DerReader): SingleOcspResponse {
  const certId = readCertId(single.read(tags.sequence));
  const status = readCertStatus(single);
  const thisUpdate = single.generalizedTime();
  const explicit = single.optional(contextConstructed(0));
  const nextUpdate = explicit?.generalizedTime();
  explicit?.finish();
  const extensions = readOptionalExtensions(single);
  single.finish();
  return { certId, status, thisUpdate, nextUpdate, extensions };
}

function readOptionalExtensions(reader: DerReader): readonly Extension[] {
  const explicit = reader.optional(contextConstructed(1));
  if (explicit === undefined) return [];
  const extensions = readExtensions(explicit.read(tags.sequence));
  explicit.finish();
  return extensions;
}

function readCertId(sequence: DerReader): CertId {
  const { oid: hashAlgorithm } = readAlgorithmIdentifier(sequence);
  const issuerNameHash = sequence.content(tags.octetString);
  const issuerKeyHash = sequence.content(tags.octetString);
  const serialNumber = sequence.integer();
  sequence.finish();
  return { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber };
}

function readCertStatus(single: DerReader): OcspCertStatus {
  const tag = single.peekTag();
  if (tag === contextConstructed(1)) {
    const revoked = single.read(tag);
    const revocationDate = revoked.generalizedTime();
    const explicit = revoked.optional(contextConstructed(0));
    const code = explicit?.smallInteger(tags.enumerated) ?? 0;
    explicit?.finish();
    revoked.finish();
    return { status: 'revoked', revocationDate, reason: reasonFromCode(code) };
  }
  const status = tag === contextPrimitive(0) ? 'good' : 'unknown';
  if (single.content(contextPrimitive(status === 'good' ? 0 : 2)).length !== 0) {
    throw malformed('A certificate status has content.');
  }
  return { status };
}
