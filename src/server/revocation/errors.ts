import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link RevocationError}: CRLs and OCSP responses that are not fetched or not taken. */
export const revocationErrors = {
  address_unsupported:
    'The address is not one of http or https; upload the CRL, or have it written to the CRL directory.',
  address_not_allowed:
    'The address leads into a private network, to this machine, or to an unusual port; list it in revocation.allowedAddresses if that is right.',
  address_unresolved: 'The address’s host name cannot be resolved.',
  fetch_failed: 'The address cannot be reached.',
  fetch_timeout: 'The address did not answer in time.',
  fetch_status: 'The address answered with an HTTP error.',
  fetch_too_large: 'The answer is larger than is taken.',
  fetch_redirects:
    'The address redirects too often, or redirects a question that is not to be repeated.',
  fetch_suspended: 'The address failed lately and is not tried again yet.',
  fetch_pending: 'The address has not answered yet; it is still being fetched.',
  crl_unreadable:
    'The file or answer is no CRL; give it in DER form or in PEM (-----BEGIN X509 CRL-----).',
  crl_signature_invalid: 'The CRL is not signed by the CA whose name it bears.',
  crl_signer_unknown:
    'No certificate authority here has the name of the CRL’s issuer; add the CA first.',
  crl_older: 'The CRL is older than the one that is there; it was not taken.',
  crl_changed: 'Another CRL was stored at the same time; try again.',
  crl_unknown: 'There is no CRL of this source; countersign-server crl list shows them.',
  ocsp_unreadable: 'The answer is no OCSP response.',
  ocsp_unsuccessful: 'The OCSP responder answered with an error.',
  ocsp_older: 'The OCSP response is older than the one that is there; it was not taken.',
} as const;

/** One of {@link revocationErrors}' codes. */
export type RevocationErrorCode = keyof typeof revocationErrors;

/** A CRL or an OCSP response that is not fetched or not taken. */
export class RevocationError extends CountersignError<RevocationErrorCode> {
  constructor(code: RevocationErrorCode, details?: ErrorDetails) {
    super(code, revocationErrors, details);
  }
}
