/** What kind of object a DER or BER value, or a PEM label, stands for. Told by shape, never by file name. */
import { toHex } from '../../core/index.ts';
import { readOutline, type Outline } from './asn1-outline.ts';

/** Kinds of objects that people take for a CA certificate. */
export type ObjectKind =
  | 'certificate'
  | 'trusted_certificate'
  | 'pkcs7'
  | 'pkcs12'
  | 'private_key'
  | 'public_key'
  | 'request'
  | 'crl'
  | 'other';

const kindsByLabel: ReadonlyMap<string, ObjectKind> = new Map([
  ['CERTIFICATE', 'certificate'],
  ['X509 CERTIFICATE', 'certificate'],
  ['TRUSTED CERTIFICATE', 'trusted_certificate'],
  ['PKCS7', 'pkcs7'],
  ['PKCS #7 SIGNED DATA', 'pkcs7'],
  ['CMS', 'pkcs7'],
  ['PKCS12', 'pkcs12'],
  ['PUBLIC KEY', 'public_key'],
  ['RSA PUBLIC KEY', 'public_key'],
  ['SSH2 PUBLIC KEY', 'public_key'],
  ['CERTIFICATE REQUEST', 'request'],
  ['NEW CERTIFICATE REQUEST', 'request'],
  ['X509 CRL', 'crl'],
  ['CRL', 'crl'],
]);

/** @returns the kind of object that a PEM label (RFC 7468) announces */
export function kindOfLabel(label: string): ObjectKind {
  if (label.endsWith('PRIVATE KEY')) return 'private_key';
  return kindsByLabel.get(label) ?? 'other';
}

const tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  explicit0: 0xa0,
} as const;

/** OIDs as the hexadecimal of their content octets. */
const pkcs7Arc = '2a864886f70d0107';
const passwordEncryptionArc = '2a864886f70d0105';

const maxDepth = 3;

/** @returns the kind of object that BER or DER bytes hold */
export function kindOfDer(bytes: Uint8Array): ObjectKind {
  const outer = readOutline(bytes, maxDepth);
  if (outer?.tag !== tag.sequence) return 'other';
  const [first, second, third] = outer.children;
  if (first === undefined) return 'other';
  switch (first.tag) {
    case tag.oid:
      // ContentInfo, RFC 5652 section 3.
      return oidStartsWith(first, pkcs7Arc) ? 'pkcs7' : 'other';
    case tag.integer:
      return kindOfVersioned(second, third);
    case tag.sequence:
      return kindOfSequence(first, second, third);
    default:
      return 'other';
  }
}

/** INTEGER first: PFX (RFC 7292), PKCS#8 (RFC 5208), PKCS#1 (RFC 8017), EC key (RFC 5915). */
function kindOfVersioned(second: Outline | undefined, third: Outline | undefined): ObjectKind {
  const inner = second?.children[0];
  if (second?.tag === tag.sequence && inner?.tag === tag.oid) {
    if (oidStartsWith(inner, pkcs7Arc)) return 'pkcs12';
    return third?.tag === tag.octetString ? 'private_key' : 'other';
  }
  if (second?.tag === tag.octetString) return 'private_key';
  if (second?.tag === tag.integer) return third === undefined ? 'public_key' : 'private_key';
  return 'other';
}

/** SEQUENCE first: what is signed (certificate, request, CRL), or an algorithm with a key. */
function kindOfSequence(
  first: Outline,
  second: Outline | undefined,
  third: Outline | undefined,
): ObjectKind {
  const [inner, next, , validity] = first.children;
  if (inner?.tag === tag.oid) {
    if (second?.tag === tag.bitString) return 'public_key';
    return oidStartsWith(inner, passwordEncryptionArc) ? 'private_key' : 'other';
  }
  if (second?.tag !== tag.sequence || third?.tag !== tag.bitString) return 'other';
  if (inner?.tag === tag.explicit0) return 'certificate';
  if (inner?.tag === tag.sequence) return 'crl';
  // INTEGER: a v1 certificate's serial number, or the version of a request or a CRL.
  if (next?.tag !== tag.sequence) return 'other';
  if (next.children[0]?.tag !== tag.oid) return 'request';
  // After the issuer, a certificate has its validity (a sequence), a CRL a time.
  return validity?.tag === tag.sequence ? 'certificate' : 'crl';
}

function oidStartsWith({ content }: Outline, arc: string): boolean {
  return toHex(content.subarray(0, 16)).startsWith(arc);
}
