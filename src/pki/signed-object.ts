/** What certificates, CRLs and OCSP responses have in common: signed bytes, algorithm, signature. */
import { bytesEqual } from '../core/index.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts';
import { tags } from './der-tags.ts';
import type { DerReader } from './der.ts';
import { malformed } from './errors.ts';

/** An object and its signature, as ASN.1's SIGNED (X.509 section 6.3) puts them together. */
export interface SignedObject {
  /** What was signed: a SEQUENCE, header included. */
  readonly tbsDer: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  /** Content of the signature's BIT STRING, without its unused-bits octet. */
  readonly signature: Uint8Array;
}

/**
 * Reads the three parts at the reader's position; what follows is the caller's.
 *
 * @throws PkiError `der_malformed`
 */
export function readSignedObject(reader: DerReader): SignedObject {
  const tbsDer = reader.element(tags.sequence);
  const signatureAlgorithm = readAlgorithmIdentifier(reader);
  const { bytes: signature, unusedBits } = reader.bitString();
  if (unusedBits !== 0) throw malformed('The signature is not a whole number of octets.');
  return { tbsDer, signatureAlgorithm, signature };
}

/**
 * Holds the algorithm that stands among the signed bytes against the one beside the signature, which
 * must be the same (RFC 5280 sections 4.1.1.2 and 5.1.1.2).
 *
 * @throws PkiError `der_malformed`
 */
export function checkSignedAlgorithm(
  signed: AlgorithmIdentifier,
  { signatureAlgorithm }: SignedObject,
): void {
  if (!bytesEqual(signed.der, signatureAlgorithm.der)) {
    throw malformed('The signed and the unsigned signature algorithm differ.');
  }
}
