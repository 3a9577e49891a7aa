/** OCSP response validation, RFC 6960 section 3.2: status of one certificate from responses at hand. */
import { bytesEqual } from '../core/index.ts';
import { keyObjection } from './algorithm-policy.ts';
import { unknownCriticalExtension } from './certificate-rules.ts';
import type { Certificate } from './certificate.ts';
import { checkCrls } from './crl-checking.ts';
import { namesEqual } from './name.ts';
import { oids } from './object-identifiers.ts';
import { encodeNonce } from './ocsp-request.ts';
import type {
  BasicOcspResponse,
  CertId,
  ResponderId,
  SingleOcspResponse,
} from './ocsp-response.ts';
import { pathRules } from './path-rules.ts';
import type { PublicKey } from './public-key.ts';
import {
  currencyObjection,
  evidenceOf,
  type ProvenStatus,
  type RevocationContext,
  type RevocationTask,
} from './revocation-context.ts';
import type { AvailableOcspResponse, OcspHash, RevocationRefusal } from './revocation-settings.ts';

/** Looks for a certificate's status in OCSP responses. */
export async function checkOcspResponses(
  task: RevocationTask,
  context: RevocationContext,
): Promise<ProvenStatus | readonly RevocationRefusal[]> {
  const available = await context.inputs.source.ocspResponsesFor(task.query);
  const refusals: RevocationRefusal[] = [];
  for (const response of newestFirst(available)) {
    const verdict = await new OcspCheck(task, context, response).run();
    if (typeof verdict !== 'string') return { ...verdict, refusals };
    refusals.push({ method: 'ocsp', origin: response.origin, message: verdict });
    await context.inputs.source.refused?.(response);
  }
  if (refusals.length > 0) return refusals;
  return [{ method: 'ocsp', origin: undefined, message: 'There is no OCSP response at hand.' }];
}

function newestFirst(
  available: readonly AvailableOcspResponse[],
): readonly AvailableOcspResponse[] {
  const producedAt = ({ response }: AvailableOcspResponse): number =>
    response.basic?.producedAt.getTime() ?? Number.MIN_SAFE_INTEGER;
  return [...available].sort((a, b) => producedAt(b) - producedAt(a));
}

const certIdHashes: ReadonlyMap<string, OcspHash> = new Map([
  [oids.sha1, 'SHA-1'],
  [oids.sha256, 'SHA-256'],
]);

class OcspCheck {
  private readonly task: RevocationTask;
  private readonly context: RevocationContext;
  private readonly available: AvailableOcspResponse;

  constructor(task: RevocationTask, context: RevocationContext, available: AvailableOcspResponse) {
    this.task = task;
    this.context = context;
    this.available = available;
  }

  /** @returns the proven status, or why the response proves none */
  async run(): Promise<ProvenStatus | string> {
    const { response, origin } = this.available;
    const { time } = this.context;
    const { basic } = response;
    if (basic === undefined) return `The responder answered ${response.responseStatus}.`;
    const single = await this.find(basic.responses);
    if (single === undefined) return 'It is about other certificates (RFC 6960 section 3.2, 1).';
    const objection =
      criticalObjection(basic, single) ??
      this.nonceObjection(basic) ??
      currencyObjection(single, time, this.task.settings) ??
      (await this.signatureObjection(basic));
    if (objection !== undefined) return objection;
    const evidence = [evidenceOf('ocsp', origin, single, time)];
    const { status } = single;
    if (status.status === 'unknown') return 'The responder does not know the certificate.';
    return { ...status, evidence, refusals: [] };
  }

  private async find(
    responses: readonly SingleOcspResponse[],
  ): Promise<SingleOcspResponse | undefined> {
    for (const single of responses) if (await this.isOurs(single.certId)) return single;
    return undefined;
  }

  private async isOurs(certId: CertId): Promise<boolean> {
    const { certificate, issuerKey } = this.task.query;
    const algorithm = certIdHashes.get(certId.hashAlgorithm);
    if (algorithm === undefined) return false;
    if (!bytesEqual(certId.serialNumber, certificate.serialNumber)) return false;
    const { hash } = this.context.inputs;
    return (
      bytesEqual(certId.issuerNameHash, await hash(algorithm, certificate.issuer.der)) &&
      bytesEqual(certId.issuerKeyHash, await hash(algorithm, issuerKey.keyBytes))
    );
  }

  /** Section 4.4.1: many responders leave nonces out; one that is there must be ours. */
  private nonceObjection({ extensions }: BasicOcspResponse): string | undefined {
    const { nonce } = this.available;
    const received = extensions.find(({ oid }) => oid === oids.ocspNonce)?.value;
    if (nonce === undefined || received === undefined) return undefined;
    return bytesEqual(received, encodeNonce(nonce))
      ? undefined
      : 'Its nonce is not the one of the request (RFC 6960 section 4.4.1).';
  }

  /** Section 4.2.2.2: signed by the CA itself, or by a responder that this very CA appointed. */
  private async signatureObjection(basic: BasicOcspResponse): Promise<string | undefined> {
    const { issuerName, issuerKey } = this.task.query;
    if (await this.isResponder(basic.responderId, { subject: issuerName, publicKey: issuerKey })) {
      return this.checkSignature(basic, issuerKey);
    }
    let refusal = 'Its signer is neither the CA nor sent along (RFC 6960 section 4.2.2.2).';
    for (const certificate of basic.certificates) {
      if (!(await this.isResponder(basic.responderId, certificate))) continue;
      const objection =
        (await this.responderObjection(certificate)) ??
        (await this.checkSignature(basic, certificate.publicKey));
      if (objection === undefined) return undefined;
      refusal = objection;
    }
    return refusal;
  }

  private async isResponder(
    id: ResponderId,
    { subject, publicKey }: Pick<Certificate, 'subject' | 'publicKey'>,
  ): Promise<boolean> {
    if (id.form === 'byName') return namesEqual(id.name, subject);
    return bytesEqual(id.keyHash, await this.context.inputs.hash('SHA-1', publicKey.keyBytes));
  }

  private async checkSignature(
    signed: BasicOcspResponse | Certificate,
    key: PublicKey,
  ): Promise<string | undefined> {
    const { algorithmPolicy } = this.task;
    const objection = await this.context.signatures.objection(signed, key, algorithmPolicy);
    return objection === undefined ? undefined : pathRules[objection.code].sentence;
  }

  private async responderObjection(certificate: Certificate): Promise<string | undefined> {
    const { query, algorithmPolicy } = this.task;
    const { time } = this.context;
    // anyExtendedKeyUsage does not appoint a responder: id-kp-OCSPSigning must be there by name.
    if (certificate.extendedKeyUsage?.includes(oids.ocspSigning) !== true) {
      return 'Its signer’s certificate is not for OCSP signing (RFC 6960 section 4.2.2.2).';
    }
    if (certificate.keyUsage?.has('digitalSignature') === false) {
      return 'Its signer’s key is not for signatures (RFC 5280 section 4.2.1.12).';
    }
    if (time < certificate.notBefore || time > certificate.notAfter) {
      return 'Its signer’s certificate is not valid now (RFC 6960 section 3.2, 4).';
    }
    if (unknownCriticalExtension(certificate) !== undefined) {
      return 'Its signer’s certificate has a critical extension that is not understood.';
    }
    const key = keyObjection(certificate.publicKey, algorithmPolicy);
    if (key !== undefined) return `Its signer’s key is not accepted: ${key}.`;
    const issued =
      namesEqual(certificate.issuer, query.issuerName) &&
      (await this.checkSignature(certificate, query.issuerKey)) === undefined;
    if (!issued) {
      return 'Its signer was not appointed by the certificate’s CA (RFC 6960 section 4.2.2.2).';
    }
    return this.responderRevocationObjection(certificate);
  }

  /**
   * Section 4.2.2.2.1: id-pkix-ocsp-nocheck says that the responder is not to be checked; one with
   * CRL distribution points is checked there; of others the CA leaves the matter to us, and their
   * short life has to do.
   */
  private async responderRevocationObjection(
    certificate: Certificate,
  ): Promise<string | undefined> {
    if (certificate.extensions.some(({ oid }) => oid === oids.ocspNoCheck)) return undefined;
    if (certificate.crlDistributionPoints === undefined) return undefined;
    const task = { ...this.task, query: { ...this.task.query, certificate } };
    const verdict = await checkCrls(task, this.context);
    if ('status' in verdict && verdict.status === 'good') return undefined;
    return 'Its signer’s certificate is revoked, or may be (RFC 6960 section 4.2.2.2.1).';
  }
}

/** Section 4.4: the one extension processed is the nonce. */
function criticalObjection(
  basic: BasicOcspResponse,
  single: SingleOcspResponse,
): string | undefined {
  const unknown = [...basic.extensions, ...single.extensions].find(
    ({ oid, critical }) => critical && oid !== oids.ocspNonce,
  );
  return unknown === undefined
    ? undefined
    : `Its critical extension ${unknown.oid} is not understood (RFC 6960 section 4.4).`;
}
