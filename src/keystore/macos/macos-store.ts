/** The `macos:` store: the login and System keychains, others on the search list, and tokens. */
import type { NativeFailure } from '../../native/index.ts';
import type { CertificateStore } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { openOsStore, type OpenNativeStore } from '../os-store/os-store.ts';
import type { StoreSettings } from '../store-settings.ts';
import {
  fingerprintOf,
  formatMacosUri,
  keychainOf,
  macosPlaces,
  type MacosSearch,
} from './macos-uri.ts';

const errSecAuthFailed = -25293;
const errSecInteractionNotAllowed = -25308;
const errSecMissingEntitlement = -34018;

const howToAllow =
  'Have device management install the identity with AllowAllAppsAccess, or name this program in the key’s access control and partition list; see docs/stores/macos.md.';

const explanations: ReadonlyMap<number, () => KeystoreError> = new Map([
  [
    errSecAuthFailed,
    () =>
      new KeystoreError('key_not_permitted', {
        message: `The keychain does not let this program use the key. ${howToAllow} (errSecAuthFailed, ${errSecAuthFailed})`,
      }),
  ],
  [
    errSecInteractionNotAllowed,
    () =>
      new KeystoreError('user_interaction_required', {
        message: `macOS would ask the user before this key is used, and no dialog is opened: the keychain is locked, or the key’s access control says “ask”. ${howToAllow} (errSecInteractionNotAllowed, ${errSecInteractionNotAllowed})`,
      }),
  ],
]);

/** Opens the keychains of macOS; nothing is read before the first listing. */
export function openMacosStore(
  search: MacosSearch,
  settings: StoreSettings,
  open?: OpenNativeStore,
): CertificateStore {
  return openOsStore(
    {
      kind: 'macos',
      wants: (place, der) => wants(search, place, der),
      locationOf: formatMacosUri,
      explainPlace,
      explainKey: (_place, failure) =>
        failure.facility === 'osstatus' ? explanations.get(failure.code)?.() : undefined,
    },
    settings,
    open,
  );
}

/** A query of all file keychains that fails concerns each of them. */
function wants(search: MacosSearch, place: string, der: Uint8Array | undefined): boolean {
  if (der !== undefined && search.sha256 !== undefined && search.sha256 !== fingerprintOf(der)) {
    return false;
  }
  if (search.keychain === undefined || search.keychain === keychainOf(place)) return true;
  return der === undefined && place === macosPlaces.file && search.keychain !== 'data-protection';
}

/**
 * Programs without an entitlement see only tokens in the data protection keychain, and some macOS
 * versions refuse them altogether.
 */
function explainPlace(place: string, failure: NativeFailure): KeystoreError | undefined {
  if (place !== macosPlaces.dataProtection || failure.code !== errSecMissingEntitlement) {
    return undefined;
  }
  return new KeystoreError('store_unavailable', {
    message: `macOS does not show this program the data protection keychain. Hardware-bound identities of an ACME profile are there, and no program but Apple’s own may use them: issue with SCEP, PKCS #12, or ACME with HardwareBound false, and AllowAllAppsAccess true. (errSecMissingEntitlement, ${errSecMissingEntitlement})`,
  });
}
