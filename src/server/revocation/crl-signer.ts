/** Whether a CRL is signed by whom it says, before it may take another one's place. */
import {
  namesEqual,
  signatureSchemeOf,
  type Crl,
  type Name,
  type PublicKey,
  type SignatureChecker,
} from '../../pki/index.ts';
import { RevocationError } from './errors.ts';

/** Somebody who may have signed a CRL. */
export interface CrlSigner {
  readonly subject: Name;
  readonly publicKey: PublicKey;
}

/**
 * Finds the signer of a CRL. It only keeps forgeries from pushing good CRLs out: whether the signer
 * may speak for a certificate is path validation's to say, at each use.
 *
 * @throws RevocationError `crl_signer_unknown`, `crl_signature_invalid`
 */
export async function findSigner(
  crl: Crl,
  candidates: readonly CrlSigner[],
  checker: SignatureChecker,
): Promise<PublicKey> {
  const named = candidates.filter(({ subject }) => namesEqual(subject, crl.issuer));
  if (named.length === 0) throw new RevocationError('crl_signer_unknown');
  const scheme = signatureSchemeOf(crl.signatureAlgorithm);
  if (scheme === undefined) throw new RevocationError('crl_signature_invalid');
  const { tbsDer: message, signature } = crl;
  for (const { publicKey } of named) {
    if (await checker.verify({ scheme, publicKey, message, signature })) return publicKey;
  }
  throw new RevocationError('crl_signature_invalid');
}
