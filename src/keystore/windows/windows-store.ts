/** The `windows:` store: the personal stores of the user and of the machine. */
import type { NativeFailure } from '../../native/index.ts';
import type { CertificateStore } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { openOsStore, type OpenNativeStore } from '../os-store/os-store.ts';
import type { StoreSettings } from '../store-settings.ts';
import { formatWindowsUri, thumbprintOf, type WindowsSearch } from './windows-uri.ts';

const nteBadKeyset = 0x80090016;

/** Opens the personal stores of Windows; nothing is read before the first listing. */
export function openWindowsStore(
  search: WindowsSearch,
  settings: StoreSettings,
  open?: OpenNativeStore,
): CertificateStore {
  return openOsStore(
    {
      kind: 'windows',
      wants: (store, der) =>
        (search.store === undefined || search.store === store) &&
        (der === undefined ||
          search.thumbprint === undefined ||
          search.thumbprint === thumbprintOf(der)),
      locationOf: formatWindowsUri,
      explainKey,
    },
    settings,
    open,
  );
}

/**
 * The machine's keys are for SYSTEM and administrators, unless their access list says more. Windows
 * answers NTE_BAD_KEYSET both where a container is missing and where its access is denied
 * (documentation of CryptAcquireContext).
 */
function explainKey(store: string, failure: NativeFailure): KeystoreError | undefined {
  if (failure.code !== nteBadKeyset || store !== 'LocalMachine\\MY') return undefined;
  return new KeystoreError('key_not_permitted', {
    message:
      'The machine’s private key cannot be opened: this user may not read it, or it is missing. Give the user read access to the key (certlm.msc, All Tasks, Manage Private Keys), or issue the certificate to the user. (NTE_BAD_KEYSET, 0x80090016)',
  });
}
