/** PFX files (PKCS #12, RFC 7292), read with node-forge; keys and certificates leave it as DER. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { KeystoreError } from '../errors.ts';

/** What a PFX file holds. */
export interface PfxContents {
  /** DER, in the file's order. */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly KeyObject[];
}

/**
 * Most rounds of key derivation that a file may ask for. They are run before anything in the file is
 * proven to come from whoever knows the password; some run in JavaScript.
 */
const maxIterations = 600_000;

/**
 * Opens a PFX file.
 *
 * @param bytes - the whole file, BER or DER
 * @param password - undefined where none is configured: the empty one is tried
 * @throws KeystoreError `key_unreadable`, `key_password_required`, `key_password_rejected`
 */
export function readPfx(bytes: Uint8Array, password: string | undefined): PfxContents {
  const outer = parseBer(Buffer.from(bytes).toString('latin1'));
  if (mostIterations(outer) > maxIterations) {
    throw unreadable(`It asks for more than ${maxIterations} rounds of key derivation.`);
  }
  const bags = openPfx(outer, password).safeContents.flatMap((safe) => safe.safeBags);
  return {
    certificates: bags
      .filter((bag) => bag.type === forge.pki.oids['certBag'])
      .map((bag) => toBytes(certificateAsn1(bag))),
    keys: bags
      .filter((bag) => bag.type !== forge.pki.oids['certBag'])
      .map((bag) => privateKey(bag)),
  };
}

function openPfx(outer: forge.asn1.Asn1, password: string | undefined): forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(outer, false, password ?? '');
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    // forge has no codes; these are its sentences for a MAC or a cipher that does not fit.
    if (!/MAC could not be verified|decrypt/i.test(message)) throw unreadable(message, cause);
    throw new KeystoreError(
      password === undefined ? 'key_password_required' : 'key_password_rejected',
      { cause },
    );
  }
}

function certificateAsn1(bag: forge.pkcs12.Bag): forge.asn1.Asn1 {
  // What forge does not understand (EC, Ed25519) it leaves as ASN.1.
  if (bag.cert !== undefined && (bag.cert as unknown) !== null) {
    return forge.pki.certificateToAsn1(bag.cert);
  }
  return bag.asn1;
}

function privateKey(bag: forge.pkcs12.Bag): KeyObject {
  const understood = bag.key !== undefined && (bag.key as unknown) !== null;
  const der = toBytes(
    understood ? forge.pki.privateKeyToAsn1(bag.key as forge.pki.rsa.PrivateKey) : bag.asn1,
  );
  try {
    return createPrivateKey({ key: der, format: 'der', type: understood ? 'pkcs1' : 'pkcs8' });
  } catch (cause) {
    throw unreadable('It holds a key of a kind that is not known here.', cause);
  }
}

/**
 * The largest iteration count in a structure. Wherever PKCS #12 and PKCS #5 have one (MacData,
 * pkcs-12PbeParams, PBKDF2-params), it is the INTEGER after the salt's OCTET STRING. OCTET STRINGs
 * that hold more ASN.1 in the clear are looked into.
 */
function mostIterations(root: forge.asn1.Asn1): number {
  const { Type } = forge.asn1;
  const pending: forge.asn1.Asn1[] = [root];
  let most = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (typeof node.value === 'string') {
      if (node.type === Type.OCTETSTRING) pending.push(...nested(node.value));
      continue;
    }
    const children = node.value;
    children.forEach((child, index) => {
      const before = children[index - 1];
      if (before?.type === Type.OCTETSTRING && child.type === Type.INTEGER) {
        most = Math.max(most, integerOf(child));
      }
    });
    pending.push(...children);
  }
  return most;
}

function nested(octets: string): forge.asn1.Asn1[] {
  if (octets.charCodeAt(0) !== 0x30) return [];
  try {
    return [forge.asn1.fromDer(octets, false)];
  } catch {
    return [];
  }
}

function integerOf(node: forge.asn1.Asn1): number {
  if (typeof node.value !== 'string') return Infinity;
  return Number.parseInt(forge.util.bytesToHex(node.value), 16);
}

function parseBer(bytes: string): forge.asn1.Asn1 {
  try {
    return forge.asn1.fromDer(bytes, false);
  } catch (cause) {
    throw unreadable('It is not a PFX file.', cause);
  }
}

function toBytes(node: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1');
}

function unreadable(reason: string, cause?: unknown): KeystoreError {
  return new KeystoreError('key_unreadable', {
    message: `The PFX file cannot be read. ${reason}`,
    cause,
  });
}
