import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from '../../core/index.ts';
import { signatureAlgorithmsFor, type Certificate } from '../../pki/index.ts';
import type { Signer } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { signWithKey } from '../jose-signature.ts';

/** Signs with a key from a file, in OpenSSL's threads: the event loop stays free. */
export class FileSigner implements Signer {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly #key: () => Promise<KeyObject>;

  /**
   * @param certificate - whose key it is
   * @param key - gives the key, or throws a KeystoreError where it may no longer be used
   */
  constructor(certificate: Certificate, key: () => Promise<KeyObject>) {
    this.algorithms = signatureAlgorithmsFor(certificate.publicKey);
    this.#key = key;
  }

  async sign(algorithm: SignatureAlgorithm, message: Uint8Array): Promise<Uint8Array> {
    if (!this.algorithms.includes(algorithm)) throw new KeystoreError('algorithm_unsupported');
    const key = await this.#key();
    try {
      return await signWithKey(algorithm, message, key);
    } catch (cause) {
      throw new KeystoreError('signature_failed', { cause });
    }
  }
}
