import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../../pki/index.ts';
import { publicKeyObject } from '../jose-signature.ts';

const publicKeys = new WeakMap<KeyObject, KeyObject>();
const certificateKeys = new WeakMap<Certificate, KeyObject>();

/** Whether a private key's public half is the certificate's key. Each half is derived once. */
export function keyBelongsTo(key: KeyObject, certificate: Certificate): boolean {
  try {
    const own = remembered(publicKeys, key, () => createPublicKey(key));
    const wanted = remembered(certificateKeys, certificate, () =>
      publicKeyObject(certificate.publicKey),
    );
    return own.equals(wanted);
  } catch {
    // OpenSSL does not know the certificate's kind of key, so no key here can belong to it.
    return false;
  }
}

function remembered<K extends WeakKey, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
