/** Whether a certificate can serve as certificate authority here. */
import { formatTime } from '../../core/index.ts';
import { formatName, signatureAlgorithmsFor, type Certificate } from '../../pki/index.ts';
import { TrustError, type TrustErrorCode } from './errors.ts';

/** Something an administrator should know of an authority that is taken nevertheless. */
export interface AuthorityWarning {
  readonly code: 'ca_not_yet_valid' | 'ca_expires_soon';
  readonly message: string;
}

const day = 86_400_000;

/** How long before its end an authority's expiry is warned of, in days. */
const expiryWarningDays = 60;

/**
 * Checks that a certificate is a CA's and of use.
 *
 * @param certificate - what the administrator gives
 * @param now - the present moment
 * @throws TrustError `ca_not_authority` (RFC 5280 section 4.2.1.9: cA is not asserted, or there is no
 *   such extension), `ca_key_usage` (section 4.2.1.3), `ca_key_weak` or `ca_expired`
 */
export function checkAuthority(certificate: Certificate, now: Date): void {
  const refuse = (code: TrustErrorCode): TrustError => {
    const { message } = new TrustError(code);
    return new TrustError(code, { message: `${formatName(certificate.subject)}: ${message}` });
  };
  if (certificate.basicConstraints?.ca !== true) throw refuse('ca_not_authority');
  if (certificate.keyUsage !== undefined && !certificate.keyUsage.has('keyCertSign')) {
    throw refuse('ca_key_usage');
  }
  if (signatureAlgorithmsFor(certificate.publicKey).length === 0) throw refuse('ca_key_weak');
  if (certificate.notAfter < now) throw refuse('ca_expired');
}

/** What an administrator should know of an authority that {@link checkAuthority} lets pass. */
export function warningsFor(certificate: Certificate, now: Date): readonly AuthorityWarning[] {
  const { notBefore, notAfter } = certificate;
  if (notBefore > now) {
    const message = `It is not valid before ${formatTime(notBefore)}; until then no device passes.`;
    return [{ code: 'ca_not_yet_valid', message }];
  }
  if (notAfter.getTime() - now.getTime() < expiryWarningDays * day) {
    const message = `It is valid until ${formatTime(notAfter)}; no device passes after that.`;
    return [{ code: 'ca_expires_soon', message }];
  }
  return [];
}
