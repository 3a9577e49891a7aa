import type { SignatureAlgorithm } from '../../core/index.ts';
import type { Certificate } from '../../pki/index.ts';
import type { Signer } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { signatureWidth, verifyWithPublicKey } from '../jose-signature.ts';
import { fitSignature } from './fit-signature.ts';
import { mechanismInput } from './mechanisms.ts';
import type { KeyName, SignRequest, TokenName, TokenSignature } from './protocol.ts';

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
) => Promise<TokenSignature>;

/** Signs with a key in a token. */
export class Pkcs11Signer implements Signer {
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly #tokenKey: TokenKey;
  readonly #request: RequestSignature;
  /** The look-up of the key whose first signature was verified. */
  #provenLookup: string | undefined;

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
    const request = { token, key, ...input, maxLength: width };
    const made = await this.#request(request, alwaysAuthenticate);
    const signature = fitSignature(made.signature, width, algorithm);
    if (made.keyLookup !== this.#provenLookup) {
      // Ids and labels are only names, and a renewal may give a new key the old one's. The first signature
      // after each look-up shows whether the key is the certificate's.
      if (!verifyWithPublicKey(algorithm, message, certificate.publicKey, signature)) {
        throw new KeystoreError('key_mismatch');
      }
      this.#provenLookup = made.keyLookup;
    }
    return signature;
  }
}
