/** What the device's certificate may be used for (docs/protocol.md, check "purpose"). */
import { oids, type Certificate } from '../pki/index.ts';
import { VerificationError } from './errors.ts';

/**
 * Purposes of which the certificate must have one, where it names any (RFC 5280 section 4.2.1.12).
 * anyExtendedKeyUsage stands for each of them.
 */
export const devicePurposes: readonly string[] = [oids.clientAuth];

/** What its key must be for, where it says so (RFC 5280 section 4.2.1.3). */
export const deviceKeyUsages = ['digitalSignature'] as const;

/**
 * Checks that the certificate is no CA's: a CA's key that also answers challenges has two uses, and
 * whoever can ask it for one comes close to the other.
 *
 * @throws VerificationError `certificate_is_authority`
 */
export function checkEndEntity(leaf: Certificate): void {
  if (leaf.basicConstraints?.ca === true) throw new VerificationError('certificate_is_authority');
}
