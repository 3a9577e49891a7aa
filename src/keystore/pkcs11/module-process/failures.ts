import { KeystoreError, keystoreErrors, type KeystoreErrorCode } from '../../errors.ts';
import { CKR, type CryptokiError } from './return-values.ts';

const codes: ReadonlyMap<number, KeystoreErrorCode> = new Map<number, KeystoreErrorCode>([
  [CKR.PIN_INCORRECT, 'pin_rejected'],
  [CKR.PIN_INVALID, 'pin_rejected'],
  [CKR.PIN_LEN_RANGE, 'pin_rejected'],
  [CKR.PIN_EXPIRED, 'pin_rejected'],
  [CKR.USER_PIN_NOT_INITIALIZED, 'pin_rejected'],
  [CKR.PIN_LOCKED, 'pin_locked'],
  [CKR.KEY_FUNCTION_NOT_PERMITTED, 'key_not_permitted'],
  [CKR.USER_ANOTHER_ALREADY_LOGGED_IN, 'key_not_permitted'],
  [CKR.USER_TOO_MANY_TYPES, 'key_not_permitted'],
  [CKR.USER_NOT_LOGGED_IN, 'key_not_permitted'],
  [CKR.FUNCTION_CANCELED, 'user_interaction_required'],
  [CKR.FUNCTION_REJECTED, 'user_interaction_required'],
  [CKR.MECHANISM_INVALID, 'algorithm_unsupported'],
  [CKR.MECHANISM_PARAM_INVALID, 'algorithm_unsupported'],
  [CKR.KEY_SIZE_RANGE, 'algorithm_unsupported'],
  [CKR.KEY_TYPE_INCONSISTENT, 'algorithm_unsupported'],
  [CKR.KEY_HANDLE_INVALID, 'key_not_found'],
  [CKR.OBJECT_HANDLE_INVALID, 'key_not_found'],
  [CKR.DEVICE_REMOVED, 'token_not_present'],
  [CKR.TOKEN_NOT_PRESENT, 'token_not_present'],
  [CKR.TOKEN_NOT_RECOGNIZED, 'token_not_present'],
  [CKR.SLOT_ID_INVALID, 'token_not_present'],
]);

/**
 * Tells a module's failure in this layer's words.
 *
 * @param error - what the module answered
 * @param otherwise - the code for return values that have no word of their own
 */
export function keystoreErrorOf(error: CryptokiError, otherwise: KeystoreErrorCode): KeystoreError {
  const code = codes.get(error.rv) ?? otherwise;
  return new KeystoreError(code, {
    message: `${keystoreErrors[code]} The module said: ${error.message}.`,
    cause: error,
  });
}
