import type { SignatureAlgorithm } from '../../core/index.ts';
import type { Certificate } from '../../pki/index.ts';
import type { Signer } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { signatureWidth, verifyWithPublicKey } from '../jose-signature.ts';
import { fitSignature } from './fit-signature.ts';
import { mechanismInput } from './mechanisms.ts';
import type { KeyName, SignRequest, TokenName } from './protocol.ts';

/** A private key in a token, and the certificate that it is used for. */
export interface TokenKey {
  readonly token: TokenName;
  readonly key: KeyName;
  readonly alwaysAuthenticate: boolean;
  readonly certificate: Certificate;
}

/** Asks the token for a signature, logging in where that is needed. */
export type RequestSignature = (
  request: Omit<SignRequest, 'pin'>,
  alwaysAuthenticate: boolean,
) => Promise<Uint8Array>;

/** Signs with a key in a token. */
export class Pkcs11Signer implements Signer {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly #tokenKey: TokenKey;
  readonly #request: RequestSignature;
  #proven = false;

  constructor(
    tokenKey: TokenKey,
    algorithms: readonly SignatureAlgorithm[],
    request: RequestSignature,
  ) {
    this.algorithms = algorithms;
    this.#tokenKey = tokenKey;
    this.#request = request;
  }

  async sign(algorithm: SignatureAlgorithm, message: Uint8Array): Promise<Uint8Array> {
    const input = this.algorithms.includes(algorithm)
      ? mechanismInput(algorithm, message)
      : undefined;
    if (input === undefined) throw new KeystoreError('algorithm_unsupported');
    const { token, key, alwaysAuthenticate, certificate } = this.#tokenKey;
    const width = signatureWidth(certificate.publicKey);
    const raw = await this.#request({ token, key, ...input, maxLength: width }, alwaysAuthenticate);
    const signature = fitSignature(raw, width, algorithm);
    if (!this.#proven) {
      // Ids and labels are only names. The first signature shows whether the key is the certificate's.
      if (!verifyWithPublicKey(algorithm, message, certificate.publicKey, signature)) {
        throw new KeystoreError('key_mismatch');
      }
      this.#proven = true;
    }
    return signature;
  }
}
