import { createHash } from 'node:crypto';
import type { SignatureAlgorithm } from '../../core/index.ts';
import type { NativeKey } from '../../native/index.ts';
import { signatureAlgorithmsFor, type Certificate } from '../../pki/index.ts';
import type { Signer } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { digestOf, signatureWidth, verifyWithPublicKey } from '../jose-signature.ts';

/** Has the system sign a digest. @throws KeystoreError */
export type SignDigest = (algorithm: SignatureAlgorithm, digest: Uint8Array) => Promise<Uint8Array>;

/** The algorithms that a certificate's key can do with its provider, best first. */
export function algorithmsOf(certificate: Certificate, key: NativeKey): SignatureAlgorithm[] {
  return signatureAlgorithmsFor(certificate.publicKey).filter((algorithm) => {
    switch (algorithm) {
      case 'RS256':
        return key.rsaPkcs1;
      case 'PS256':
        return key.rsaPss;
      case 'ES256':
      case 'ES384':
      case 'ES512':
        return key.ecdsa;
      case 'EdDSA':
        return false;
    }
  });
}

/** Signs with a key that the operating system holds. */
export class OsSigner implements Signer {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly #certificate: Certificate;
  readonly #signDigest: SignDigest;
  #proven = false;

  constructor(
    certificate: Certificate,
    algorithms: readonly SignatureAlgorithm[],
    signDigest: SignDigest,
  ) {
    this.#certificate = certificate;
    this.algorithms = algorithms;
    this.#signDigest = signDigest;
  }

  async sign(algorithm: SignatureAlgorithm, message: Uint8Array): Promise<Uint8Array> {
    const hash = this.algorithms.includes(algorithm) ? digestOf(algorithm) : null;
    if (hash === null) throw new KeystoreError('algorithm_unsupported');
    const digest = createHash(hash).update(message).digest();
    const signature = await this.#signDigest(algorithm, digest);
    const width = signatureWidth(this.#certificate.publicKey);
    if (signature.length !== width) {
      throw new KeystoreError('signature_failed', {
        message: `The system returned a signature of ${signature.length} bytes where ${algorithm} has ${width}.`,
      });
    }
    // Not every provider compares the key with the certificate: the first signature shows it.
    if (!this.#proven) {
      const { publicKey } = this.#certificate;
      if (!verifyWithPublicKey(algorithm, message, publicKey, signature)) {
        throw new KeystoreError('key_mismatch');
      }
      this.#proven = true;
    }
    return signature;
  }
}
