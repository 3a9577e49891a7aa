/** The one code by which a decline tells why no certificate of the device could answer. */
import type { KeystoreErrorCode } from '../keystore/index.ts';
import type { DeclineCode } from '../protocol/index.ts';

/** A failure of a store, a token or a key, as a decline names it. */
export const keyProblemCodes: Readonly<Record<KeystoreErrorCode, DeclineCode>> = {
  store_uri_invalid: 'device_store_unavailable',
  store_unsupported: 'device_store_unavailable',
  store_unavailable: 'device_store_unavailable',
  store_closed: 'device_store_unavailable',
  store_busy: 'device_store_unavailable',
  store_timeout: 'device_store_unavailable',
  store_crashed: 'device_store_unavailable',
  store_too_large: 'device_store_unavailable',
  certificate_unreadable: 'device_no_certificate',
  token_not_present: 'device_key_missing',
  key_not_found: 'device_key_missing',
  key_mismatch: 'device_key_missing',
  key_unreadable: 'device_key_missing',
  key_not_permitted: 'device_key_not_permitted',
  key_file_permissions: 'device_key_not_permitted',
  key_password_required: 'device_key_interaction',
  key_password_rejected: 'device_pin_rejected',
  algorithm_unsupported: 'device_algorithm_unsupported',
  pin_required: 'device_key_interaction',
  pin_file_invalid: 'device_key_not_permitted',
  pin_rejected: 'device_pin_rejected',
  pin_locked: 'device_pin_rejected',
  user_interaction_required: 'device_key_interaction',
  signature_failed: 'device_signing_failed',
};

/** From the certificate that came closest to answering to none at all. */
const closestFirst: readonly DeclineCode[] = [
  'device_signing_failed',
  'device_algorithm_unsupported',
  'device_pin_rejected',
  'device_key_interaction',
  'device_key_not_permitted',
  'device_key_missing',
  'device_certificate_purpose',
  'device_certificate_not_yet_valid',
  'device_certificate_expired',
  'device_store_unavailable',
];

/**
 * Picks the code that tells a person most: that of the certificate of an accepted authority which came
 * closest; else that of a store that could not be read, where such a certificate may be; else that
 * there are only certificates of others, or none.
 *
 * @param rejected - the codes of a selection that chose none
 * @param storeFailures - codes of stores, tokens and items that could not be read
 */
export function declineCodeFor(
  rejected: readonly string[],
  storeFailures: readonly KeystoreErrorCode[],
): DeclineCode {
  const failures = storeFailures.map((code) => keyProblemCodes[code]);
  return (
    closestFirst.find((code) => rejected.includes(code)) ??
    closestFirst.find((code) => failures.includes(code)) ??
    (rejected.includes('device_issuer_untrusted')
      ? 'device_issuer_untrusted'
      : 'device_no_certificate')
  );
}
