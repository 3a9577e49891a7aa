/** The one thing path validation cannot do by itself, handed in by whoever composes it. */
import { bytesEqual } from '../core/index.ts';
import type { PublicKey } from './public-key.ts';
import type { SignatureScheme } from './signature-scheme.ts';

/** One signature to check. */
export interface SignatureRequest {
  readonly scheme: SignatureScheme;
  /** A key whose kind fits the scheme. */
  readonly publicKey: PublicKey;
  /** The signed bytes, not their digest. */
  readonly message: Uint8Array;
  /** As X.509 carries it: ECDSA and DSA as the DER of Ecdsa-Sig-Value and Dss-Sig-Value. */
  readonly signature: Uint8Array;
}

/** Checks signatures, with Node's crypto, Web Crypto or whatever else is at hand. */
export interface SignatureChecker {
  /**
   * @returns whether the signature is right; false too for a key or signature that cannot be read
   */
  verify(request: SignatureRequest): boolean | Promise<boolean>;
}

interface KnownSignature {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

/**
 * Remembers what a checker said for as long as the certificate or CRL object it said it of is kept:
 * a CRL of many megabytes is hashed once, not at every verdict. Answers are tied to the very bytes
 * of message, key and signature.
 *
 * @param checker - who does the work
 */
export function rememberSignatures(checker: SignatureChecker): SignatureChecker {
  const known = new WeakMap<Uint8Array, KnownSignature[]>();
  const remember = (request: SignatureRequest, valid: boolean): boolean => {
    const entry = { publicKey: request.publicKey.der, signature: request.signature, valid };
    const entries = known.get(request.message);
    if (entries === undefined) known.set(request.message, [entry]);
    // A message has one signature and few plausible keys; more than that is somebody's game.
    else if (entries.length < 16) entries.push(entry);
    return valid;
  };
  return {
    verify(request) {
      const found = known
        .get(request.message)
        ?.find(
          (entry) =>
            bytesEqual(entry.publicKey, request.publicKey.der) &&
            bytesEqual(entry.signature, request.signature),
        );
      if (found !== undefined) return found.valid;
      const answer = checker.verify(request);
      if (typeof answer === 'boolean') return remember(request, answer);
      return answer.then((valid) => remember(request, valid));
    },
  };
}
