/** OCSP requests (RFC 6960 section 4.1). */
import { encodeElement, encodeOid } from './der-writer.ts';
import { tags } from './der-tags.ts';
import { contextConstructed } from './der.ts';
import { oids } from './object-identifiers.ts';
import type { HashFunction, OcspHash, RevocationQuery } from './revocation-settings.ts';

/** Inputs of {@link encodeOcspRequest}. */
export interface OcspRequestInputs {
  readonly query: Pick<RevocationQuery, 'certificate' | 'issuerKey'>;
  /** The hash that names the issuer; every responder knows SHA-1, where it only has to find. */
  readonly certIdHash: OcspHash;
  readonly hash: HashFunction;
  /** 1 to 32 octets (RFC 9654 section 2.1), from a secure generator; undefined for none. */
  readonly nonce: Uint8Array | undefined;
}

const hashOids: Readonly<Record<OcspHash, string>> = {
  'SHA-1': oids.sha1,
  'SHA-256': oids.sha256,
};

/** @returns the DER of an unsigned OCSPRequest for one certificate */
export async function encodeOcspRequest(inputs: OcspRequestInputs): Promise<Uint8Array> {
  const { query, certIdHash, hash, nonce } = inputs;
  const { certificate, issuerKey } = query;
  const certId = encodeElement(
    tags.sequence,
    encodeElement(tags.sequence, encodeOid(hashOids[certIdHash]), encodeElement(tags.null)),
    encodeElement(tags.octetString, await hash(certIdHash, certificate.issuer.der)),
    encodeElement(tags.octetString, await hash(certIdHash, issuerKey.keyBytes)),
    encodeElement(tags.integer, certificate.serialNumber),
  );
  const requestList = encodeElement(tags.sequence, encodeElement(tags.sequence, certId));
  const tbs = nonce === undefined ? [requestList] : [requestList, encodeNonceExtensions(nonce)];
  return encodeElement(tags.sequence, encodeElement(tags.sequence, ...tbs));
}

function encodeNonceExtensions(nonce: Uint8Array): Uint8Array {
  const extension = encodeElement(
    tags.sequence,
    encodeOid(oids.ocspNonce),
    encodeElement(tags.octetString, encodeNonce(nonce)),
  );
  return encodeElement(contextConstructed(2), encodeElement(tags.sequence, extension));
}

/** @returns the value of the nonce extension */
export function encodeNonce(nonce: Uint8Array): Uint8Array {
  return encodeElement(tags.octetString, nonce);
}
