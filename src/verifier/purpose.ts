/** What the device's certificate may be used for (docs/protocol.md, check "purpose"). */
import { oids, type Certificate } from '../pki/index.ts';
import { VerificationError } from './errors.ts';

/**
 * Checks that the leaf is a certificate for client authentication.
 *
 * Key usage must allow digitalSignature where the extension is there (RFC 5280 section 4.2.1.3);
 * extended key usage must hold clientAuth or anyExtendedKeyUsage where it is there (4.2.1.12). That
 * it is no CA's is ours: a CA's key that answers challenges is used for two things.
 *
 * @throws VerificationError `certificate_*`
 */
export function checkPurpose(leaf: Certificate): void {
  if (leaf.basicConstraints?.ca === true) throw new VerificationError('certificate_is_authority');
  if (leaf.keyUsage !== undefined && !leaf.keyUsage.has('digitalSignature')) {
    throw new VerificationError('certificate_key_usage');
  }
  const purposes = leaf.extendedKeyUsage;
  if (purposes !== undefined && !purposes.some((purpose) => acceptedPurposes.has(purpose))) {
    throw new VerificationError('certificate_extended_key_usage');
  }
}

const acceptedPurposes: ReadonlySet<string> = new Set([oids.clientAuth, oids.anyExtendedKeyUsage]);
