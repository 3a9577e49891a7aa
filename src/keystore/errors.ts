import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link KeystoreError}: failures of a store, a token or a key. */
export const keystoreErrors = {
  store_uri_invalid:
    'The store URI cannot be understood; see docs/stores/ for the forms it may take.',
  store_unsupported: 'This kind of store does not exist on this operating system.',
  store_unavailable: 'The store cannot be opened; see the message and the log for the reason.',
  store_closed: 'The store has been closed.',
  store_busy: 'Too many requests are waiting for this store; try again later.',
  store_timeout: 'The store did not answer in time; its process has been replaced.',
  store_crashed: 'The store’s process ended during the request; it has been replaced.',
  store_too_large: 'The store holds more items, or a larger one, than are read from one store.',
  certificate_unreadable: 'This item is not a certificate that can be read.',
  key_not_found: 'The private key of this certificate is not there.',
  key_not_permitted: 'The private key is there, but this user or program may not use it.',
  key_file_permissions:
    'Others can read this key file; make it readable by its owner only (chmod 600).',
  token_not_present: 'The token that holds the key is not there; insert it or check its reader.',
  key_mismatch: 'The private key does not belong to the certificate.',
  key_unreadable:
    'The private key file is damaged or in a form that is not read; PKCS#8 PEM and PFX are.',
  key_password_required:
    'The private key file is encrypted; name an owner-only file with its password in the settings.',
  key_password_rejected: 'The password in the settings does not open this private key file.',
  algorithm_unsupported: 'The key cannot sign with this algorithm in this store.',
  pin_required: 'The token wants a PIN; name an owner-only PIN file in the settings.',
  pin_file_invalid:
    'The PIN file cannot be used; it must exist, belong to this user and be readable by nobody else.',
  pin_rejected: 'The token rejected the PIN; it is not tried again until the PIN file changes.',
  pin_locked: 'The token’s PIN is locked or one try away from it; unlock the token first.',
  user_interaction_required:
    'The key needs a person (a dialog, a touch, a PIN pad) and none may be asked here.',
  signature_failed: 'The store could not sign; see the message for the reason it gave.',
} as const;

/** One of {@link keystoreErrors}' codes. */
export type KeystoreErrorCode = keyof typeof keystoreErrors;

/** A failure of a store, a token or a key. */
export class KeystoreError extends CountersignError<KeystoreErrorCode> {
  constructor(code: KeystoreErrorCode, details?: ErrorDetails) {
    super(code, keystoreErrors, details);
  }
}
