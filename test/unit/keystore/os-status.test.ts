import { describe, expect, it } from 'vitest';
import { keystoreErrors, type KeystoreErrorCode } from '../../../src/keystore/index.ts';
import { keystoreErrorOf } from '../../../src/keystore/os-status/os-status.ts';

// From winerror.h, SecBase.h and TKError.h, typed in anew.
const expected: readonly [string, string, number, KeystoreErrorCode][] = [
  ['NTE_BAD_KEYSET', 'hresult', 0x80090016, 'key_not_found'],
  ['NTE_NO_KEY', 'hresult', 0x8009000d, 'key_not_found'],
  ['NTE_NOT_FOUND', 'hresult', 0x80090011, 'key_not_found'],
  ['CRYPT_E_NO_KEY_PROPERTY', 'hresult', 0x8009200b, 'key_not_found'],
  ['NTE_PERM', 'hresult', 0x80090010, 'key_not_permitted'],
  ['E_ACCESSDENIED', 'hresult', 0x80070005, 'key_not_permitted'],
  ['ERROR_ACCESS_DENIED', 'win32', 5, 'key_not_permitted'],
  ['NTE_SILENT_CONTEXT', 'hresult', 0x80090022, 'user_interaction_required'],
  ['NTE_UI_REQUIRED', 'hresult', 0x8009002e, 'user_interaction_required'],
  ['NTE_USER_CANCELLED', 'hresult', 0x80090036, 'user_interaction_required'],
  ['SCARD_W_CANCELLED_BY_USER', 'hresult', 0x8010006e, 'user_interaction_required'],
  ['NTE_BAD_ALGID', 'hresult', 0x80090008, 'algorithm_unsupported'],
  ['NTE_NOT_SUPPORTED', 'hresult', 0x80090029, 'algorithm_unsupported'],
  ['NTE_DEVICE_NOT_READY', 'hresult', 0x80090030, 'token_not_present'],
  ['SCARD_E_NO_SMARTCARD', 'hresult', 0x8010000c, 'token_not_present'],
  ['SCARD_E_NO_SERVICE', 'hresult', 0x8010001d, 'token_not_present'],
  ['SCARD_W_RESET_CARD', 'hresult', 0x80100068, 'token_not_present'],
  ['SCARD_W_REMOVED_CARD', 'hresult', 0x80100069, 'token_not_present'],
  ['SCARD_W_WRONG_CHV', 'hresult', 0x8010006b, 'pin_rejected'],
  ['SCARD_W_CHV_BLOCKED', 'hresult', 0x8010006c, 'pin_locked'],
  ['NTE_BAD_PUBLIC_KEY', 'hresult', 0x80090015, 'key_mismatch'],
  ['NTE_PROV_DLL_NOT_FOUND', 'hresult', 0x8009001e, 'store_unavailable'],
  ['NTE_KEYSET_NOT_DEF', 'hresult', 0x80090019, 'store_unavailable'],
  ['errSecItemNotFound', 'osstatus', -25300, 'key_not_found'],
  ['errSecInteractionNotAllowed', 'osstatus', -25308, 'user_interaction_required'],
  ['errSecInteractionRequired', 'osstatus', -25315, 'user_interaction_required'],
  ['errSecInDarkWake', 'osstatus', -25320, 'user_interaction_required'],
  ['errSecUserCanceled', 'osstatus', -128, 'user_interaction_required'],
  ['errSecAuthFailed', 'osstatus', -25293, 'key_not_permitted'],
  ['errSecNoAccessForItem', 'osstatus', -25243, 'key_not_permitted'],
  ['errSecMissingEntitlement', 'osstatus', -34018, 'key_not_permitted'],
  ['errSecInvalidItemRef', 'osstatus', -25304, 'token_not_present'],
  ['errSecNotAvailable', 'osstatus', -25291, 'store_unavailable'],
  ['errSecNoSuchKeychain', 'osstatus', -25294, 'store_unavailable'],
  ['errSecInvalidKeychain', 'osstatus', -25295, 'store_unavailable'],
  ['TKErrorCodeTokenNotFound', 'CryptoTokenKit', -7, 'token_not_present'],
  ['a certificate that has gone', 'countersign', 3, 'key_not_found'],
  ['a key that cannot do it', 'countersign', 4, 'algorithm_unsupported'],
  ['a closed store', 'countersign', 5, 'store_closed'],
  ['what is no signature', 'countersign', 6, 'signature_failed'],
  ['too much', 'countersign', 7, 'store_too_large'],
];

describe('what an operating system says of a key', () => {
  it.each(expected)('%s (%s %d) is %s', (_name, facility, code, meaning) => {
    const failure = { facility, code, api: 'Call', message: 'Words.' };
    expect(keystoreErrorOf(failure, 'store_crashed').code).toBe(meaning);
  });

  it('keeps codes of different facilities apart', () => {
    const failure = { facility: 'osstatus', code: 5, api: '', message: '' };
    expect(keystoreErrorOf(failure, 'signature_failed').code).toBe('signature_failed');
    const unknown = { facility: 'constructor', code: 5, api: '', message: '' };
    expect(keystoreErrorOf(unknown, 'signature_failed').code).toBe('signature_failed');
  });

  it('says in one message what it means, which call failed, and what the system said', () => {
    const failure = {
      facility: 'hresult',
      code: 0x80090022,
      api: 'NCryptSignHash',
      message: 'Provider could not perform the action since the context was acquired as silent.',
    };
    expect(keystoreErrorOf(failure, 'signature_failed').message).toBe(
      `${keystoreErrors.user_interaction_required} (NCryptSignHash: 0x80090022, Provider could not perform the action since the context was acquired as silent)`,
    );
  });

  it('leaves out what there is not', () => {
    const failure = { facility: 'osstatus', code: -25300, api: 'SecItemCopyMatching', message: '' };
    expect(keystoreErrorOf(failure, 'signature_failed').message).toBe(
      `${keystoreErrors.key_not_found} (SecItemCopyMatching: osstatus -25300)`,
    );
  });
});
