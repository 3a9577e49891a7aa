/** From what an operating system call said to a store's typed error. */
import { addonFailures, type NativeFailure } from '../../native/index.ts';
import { KeystoreError, keystoreErrors, type KeystoreErrorCode } from '../errors.ts';
import { cryptoTokenKitErrors, osStatuses } from './macos-status.ts';
import { hresults, win32Errors } from './windows-status.ts';

const ownCodes: ReadonlyMap<number, KeystoreErrorCode> = new Map<number, KeystoreErrorCode>([
  [addonFailures.notFound, 'key_not_found'],
  [addonFailures.unsupported, 'algorithm_unsupported'],
  [addonFailures.closed, 'store_closed'],
  [addonFailures.badSignature, 'signature_failed'],
  [addonFailures.tooLarge, 'store_too_large'],
]);

const facilities: ReadonlyMap<string, ReadonlyMap<number, KeystoreErrorCode>> = new Map([
  ['hresult', hresults],
  ['win32', win32Errors],
  ['osstatus', osStatuses],
  ['CryptoTokenKit', cryptoTokenKitErrors],
  ['countersign', ownCodes],
]);

/**
 * @param failure - what the addon reported
 * @param otherwise - the code where the failure is none of the known ones
 * @returns an error whose message has our sentence, the call, the code and the system's own words
 */
export function keystoreErrorOf(
  failure: NativeFailure,
  otherwise: KeystoreErrorCode,
): KeystoreError {
  const code = facilities.get(failure.facility)?.get(failure.code) ?? otherwise;
  return new KeystoreError(code, { message: `${keystoreErrors[code]} (${wordsOf(failure)})` });
}

/** `NCryptSignHash: 0x80090022, The operation …`, as far as there is any of it. */
function wordsOf({ facility, code, api, message }: NativeFailure): string {
  const number =
    facility === 'countersign'
      ? ''
      : facility === 'hresult'
        ? `0x${code.toString(16).toUpperCase()}`
        : `${facility} ${code}`;
  const words = [number, message.replace(/\.$/, '')].filter((part) => part !== '').join(', ');
  return api === '' ? words : `${api}: ${words}`;
}
