/** PFX files (PKCS #12, RFC 7292) in password privacy and integrity mode. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { KeystoreError } from '../errors.ts';
import { asn1, Unreadable, type Node } from './ber.ts';
import { decrypt, verifyMac, WrongPassword } from './pfx-encryption.ts';

/** What a PFX file holds. */
export interface PfxContents {
  /** DER, in the file's order. */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly KeyObject[];
}

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
} as const;

/**
 * Opens a PFX file.
 *
 * @param bytes - the whole file, BER or DER
 * @param password - undefined where none is configured: the empty one is tried
 * @throws KeystoreError `key_unreadable`, `key_password_required`, `key_password_rejected`
 */
export function readPfx(bytes: Buffer, password: string | undefined): PfxContents {
  try {
    return openPfx(bytes, password ?? '');
  } catch (cause) {
    if (cause instanceof WrongPassword) {
      throw new KeystoreError(
        password === undefined ? 'key_password_required' : 'key_password_rejected',
        { cause },
      );
    }
    if (!(cause instanceof Unreadable)) throw cause;
    throw new KeystoreError('key_unreadable', {
      message: `The PFX file cannot be read. ${cause.message}`,
      cause,
    });
  }
}

/** RFC 7292 section 4: version, authSafe, and the MAC over its content. */
function openPfx(bytes: Buffer, password: string): PfxContents {
  const [, authSafe, macData] = asn1.children(asn1.parse(bytes));
  const [contentType, content] = asn1.children(authSafe);
  if (asn1.oid(contentType) !== oids.data) {
    throw new Unreadable(
      'It is protected by a signature; only those protected by a password are read.',
    );
  }
  const authenticatedSafe = asn1.octets(asn1.children(content)[0]);
  if (macData !== undefined) verifyMac(macData, authenticatedSafe, password);
  const bags = asn1
    .children(asn1.parse(authenticatedSafe))
    .flatMap((contentInfo) => asn1.children(asn1.parse(safeContents(contentInfo, password))));
  return readBags(bags, password);
}

/** Section 4.1: each part of the safe is plain or encrypted. */
function safeContents(contentInfo: Node, password: string): Buffer {
  const [contentType, content] = asn1.children(contentInfo);
  const inner = asn1.children(content)[0];
  switch (asn1.oid(contentType)) {
    case oids.data:
      return asn1.octets(inner);
    case oids.encryptedData: {
      const [, encryptedContentInfo] = asn1.children(inner);
      const [, algorithm, encrypted] = asn1.children(encryptedContentInfo);
      return decrypt(algorithm, asn1.octets(encrypted), password);
    }
    default:
      throw new Unreadable('A part of it is encrypted for a key; only passwords are known here.');
  }
}

/** Section 4.2; bags of other kinds (CRLs, secrets) are passed over. */
function readBags(bags: readonly Node[], password: string): PfxContents {
  const certificates: Uint8Array[] = [];
  const keys: KeyObject[] = [];
  for (const bag of bags) {
    const [bagId, bagValue] = asn1.children(bag);
    const value = asn1.children(bagValue)[0];
    switch (asn1.oid(bagId)) {
      case oids.certBag:
        certificates.push(...certificateOf(value));
        break;
      case oids.keyBag:
        keys.push(keyOf(value === undefined ? Buffer.alloc(0) : asn1.toDer(value)));
        break;
      case oids.shroudedKeyBag: {
        const [algorithm, encrypted] = asn1.children(value);
        keys.push(keyOf(decrypt(algorithm, asn1.octets(encrypted), password)));
        break;
      }
    }
  }
  return { certificates, keys };
}

function certificateOf(certBag: Node | undefined): Uint8Array[] {
  const [certId, certValue] = asn1.children(certBag);
  if (asn1.oid(certId) !== oids.x509Certificate) return [];
  return [asn1.octets(asn1.children(certValue)[0])];
}

function keyOf(pkcs8: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch {
    throw new Unreadable('It holds a key of a kind that is not known here.');
  }
}
