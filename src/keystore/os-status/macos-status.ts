/** macOS codes by what they mean for a key: SecBase.h, TKError.h. */
import type { KeystoreErrorCode } from '../errors.ts';

/** OSStatus of the Security framework, and of NSOSStatusErrorDomain. */
export const osStatuses: ReadonlyMap<number, KeystoreErrorCode> = new Map<
  number,
  KeystoreErrorCode
>([
  [-25300, 'key_not_found'], // errSecItemNotFound
  [-25293, 'key_not_permitted'], // errSecAuthFailed: the item's ACL or partition list, too
  [-25243, 'key_not_permitted'], // errSecNoAccessForItem
  [-34018, 'key_not_permitted'], // errSecMissingEntitlement
  [-60005, 'key_not_permitted'], // errAuthorizationDenied: CSSM's OBJECT_USE_AUTH_DENIED
  [-25308, 'user_interaction_required'], // errSecInteractionNotAllowed
  [-25315, 'user_interaction_required'], // errSecInteractionRequired
  [-25320, 'user_interaction_required'], // errSecInDarkWake
  [-128, 'user_interaction_required'], // errSecUserCanceled
  [-60007, 'user_interaction_required'], // errAuthorizationInteractionNotAllowed
  [-25304, 'token_not_present'], // errSecInvalidItemRef: the token has gone
  [-4, 'algorithm_unsupported'], // errSecUnimplemented
  [-67735, 'algorithm_unsupported'], // errSecInvalidAlgorithm
  [-50, 'algorithm_unsupported'], // errSecParam: SecKey answers so for an algorithm it lacks
  [-25291, 'store_unavailable'], // errSecNotAvailable
  [-25294, 'store_unavailable'], // errSecNoSuchKeychain
  [-25295, 'store_unavailable'], // errSecInvalidKeychain
]);

/** TKErrorDomain: extensions that serve smart cards. */
export const cryptoTokenKitErrors: ReadonlyMap<number, KeystoreErrorCode> = new Map<
  number,
  KeystoreErrorCode
>([
  [-1, 'algorithm_unsupported'], // TKErrorCodeNotImplemented
  [-4, 'user_interaction_required'], // TKErrorCodeCanceledByUser
  [-5, 'user_interaction_required'], // TKErrorCodeAuthenticationFailed: no PIN was given
  [-6, 'key_not_found'], // TKErrorCodeObjectNotFound
  [-7, 'token_not_present'], // TKErrorCodeTokenNotFound
  [-9, 'user_interaction_required'], // TKErrorCodeAuthenticationNeeded
]);
