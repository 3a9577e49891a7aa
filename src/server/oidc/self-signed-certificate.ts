/** A certificate for a key that ID tokens are signed with: some clients take keys as X.509 only. */
import { sign, type KeyObject } from 'node:crypto';
import { concatBytes, utf8 } from '../../core/index.ts';
import { encodeElement, encodeOid, oids } from '../../pki/index.ts';

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const sha256WithRsa = encodeElement(
  tag.sequence,
  encodeOid(oids.sha256WithRSAEncryption),
  encodeElement(tag.null),
);

/** What the certificate says. */
export interface SelfSignedTerms {
  readonly commonName: string;
  /** At least 64 random bits; RFC 5280 section 4.1.2.2. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Makes a self-signed certificate (RFC 5280 section 4.1) with key usage digitalSignature.
 *
 * @param keys - an RSA key pair
 * @returns DER
 */
export function makeSelfSignedCertificate(
  keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  { commonName, serialNumber, notBefore, notAfter }: SelfSignedTerms,
): Uint8Array {
  const name = encodeName(commonName);
  const toBeSigned = encodeElement(
    tag.sequence,
    encodeElement(tag.version, encodeElement(tag.integer, Uint8Array.of(2))),
    // A leading zero keeps the number positive.
    encodeElement(
      tag.integer,
      Uint8Array.of(0x00, 0x80 | (serialNumber[0] ?? 0)),
      serialNumber.subarray(1),
    ),
    sha256WithRsa,
    name,
    encodeElement(tag.sequence, encodeTime(notBefore), encodeTime(notAfter)),
    name,
    keys.publicKey.export({ format: 'der', type: 'spki' }),
    encodeElement(tag.extensions, encodeElement(tag.sequence, keyUsage)),
  );
  return encodeElement(
    tag.sequence,
    toBeSigned,
    sha256WithRsa,
    encodeBitString(sign('sha256', toBeSigned, keys.privateKey)),
  );
}

/** RFC 5280 section 4.2.1.3: critical, digitalSignature. */
const keyUsage = encodeElement(
  tag.sequence,
  encodeOid(oids.keyUsage),
  encodeElement(tag.boolean, Uint8Array.of(0xff)),
  encodeElement(tag.octetString, encodeElement(tag.bitString, Uint8Array.of(7, 0x80))),
);

function encodeBitString(bytes: Uint8Array): Uint8Array {
  return encodeElement(tag.bitString, concatBytes(Uint8Array.of(0), bytes));
}

function encodeName(commonName: string): Uint8Array {
  const attribute = encodeElement(
    tag.sequence,
    encodeOid(oids.commonName),
    encodeElement(tag.utf8String, utf8(commonName)),
  );
  return encodeElement(tag.sequence, encodeElement(tag.set, attribute));
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime after. */
function encodeTime(moment: Date): Uint8Array {
  const digits = `${moment.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return moment.getUTCFullYear() < 2050
    ? encodeElement(tag.utcTime, utf8(digits.slice(2)))
    : encodeElement(tag.generalizedTime, utf8(digits));
}
