/** Windows codes by what they mean for a key: winerror.h, and what each call's documentation says. */
import type { KeystoreErrorCode } from '../errors.ts';

/** HRESULT and SECURITY_STATUS. */
export const hresults: ReadonlyMap<number, KeystoreErrorCode> = new Map<number, KeystoreErrorCode>([
  // The key, its container or its name is not there.
  [0x80090016, 'key_not_found'], // NTE_BAD_KEYSET
  [0x8009000d, 'key_not_found'], // NTE_NO_KEY
  [0x80090011, 'key_not_found'], // NTE_NOT_FOUND
  [0x8009200b, 'key_not_found'], // CRYPT_E_NO_KEY_PROPERTY
  [0x80092004, 'key_not_found'], // CRYPT_E_NOT_FOUND
  // It is there, for others.
  [0x80090010, 'key_not_permitted'], // NTE_PERM
  [0x80070005, 'key_not_permitted'], // E_ACCESSDENIED
  [0x8010006a, 'key_not_permitted'], // SCARD_W_SECURITY_VIOLATION
  // A person would have to be asked.
  [0x80090022, 'user_interaction_required'], // NTE_SILENT_CONTEXT
  [0x8009002e, 'user_interaction_required'], // NTE_UI_REQUIRED
  [0x80090036, 'user_interaction_required'], // NTE_USER_CANCELLED
  [0x80090037, 'user_interaction_required'], // NTE_PASSWORD_CHANGE_REQUIRED
  [0x8010006e, 'user_interaction_required'], // SCARD_W_CANCELLED_BY_USER
  [0x8010006f, 'user_interaction_required'], // SCARD_W_CARD_NOT_AUTHENTICATED
  // The provider cannot do it.
  [0x80090008, 'algorithm_unsupported'], // NTE_BAD_ALGID
  [0x8009000a, 'algorithm_unsupported'], // NTE_BAD_TYPE
  [0x80090029, 'algorithm_unsupported'], // NTE_NOT_SUPPORTED
  // The card, its reader or the TPM is away.
  [0x8010000c, 'token_not_present'], // SCARD_E_NO_SMARTCARD
  [0x80100009, 'token_not_present'], // SCARD_E_UNKNOWN_READER
  [0x80100017, 'token_not_present'], // SCARD_E_READER_UNAVAILABLE
  [0x8010001d, 'token_not_present'], // SCARD_E_NO_SERVICE
  [0x8010001e, 'token_not_present'], // SCARD_E_SERVICE_STOPPED
  [0x8010002e, 'token_not_present'], // SCARD_E_NO_READERS_AVAILABLE
  [0x80100066, 'token_not_present'], // SCARD_W_UNRESPONSIVE_CARD
  [0x80100067, 'token_not_present'], // SCARD_W_UNPOWERED_CARD
  [0x80100068, 'token_not_present'], // SCARD_W_RESET_CARD
  [0x80100069, 'token_not_present'], // SCARD_W_REMOVED_CARD
  [0x80090030, 'token_not_present'], // NTE_DEVICE_NOT_READY
  [0x80090035, 'token_not_present'], // NTE_DEVICE_NOT_FOUND
  // PIN.
  [0x8010006b, 'pin_rejected'], // SCARD_W_WRONG_CHV
  [0x8010006c, 'pin_locked'], // SCARD_W_CHV_BLOCKED
  // The public keys differ (CRYPT_ACQUIRE_COMPARE_KEY_FLAG).
  [0x80090015, 'key_mismatch'], // NTE_BAD_PUBLIC_KEY
  // The provider is not installed, or does not load in a process of this architecture.
  [0x80090013, 'store_unavailable'], // NTE_BAD_PROVIDER
  [0x80090014, 'store_unavailable'], // NTE_BAD_PROV_TYPE
  [0x80090017, 'store_unavailable'], // NTE_PROV_TYPE_NOT_DEF
  [0x80090019, 'store_unavailable'], // NTE_KEYSET_NOT_DEF
  [0x8009001d, 'store_unavailable'], // NTE_PROVIDER_DLL_FAIL
  [0x8009001e, 'store_unavailable'], // NTE_PROV_DLL_NOT_FOUND
]);

/** GetLastError below 0x80000000. */
export const win32Errors: ReadonlyMap<number, KeystoreErrorCode> = new Map<
  number,
  KeystoreErrorCode
>([
  [2, 'key_not_found'], // ERROR_FILE_NOT_FOUND
  [5, 'key_not_permitted'], // ERROR_ACCESS_DENIED
  [50, 'algorithm_unsupported'], // ERROR_NOT_SUPPORTED
  [1223, 'user_interaction_required'], // ERROR_CANCELLED
]);
