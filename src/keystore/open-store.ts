import type { CertificateStore } from './certificate-store.ts';
import { openFileStore } from './file/file-store.ts';
import { openMacosStore } from './macos/macos-store.ts';
import { openP11KitStore } from './p11-kit/p11-kit-store.ts';
import { openPkcs11Store } from './pkcs11/pkcs11-store.ts';
import type { StoreSettings } from './store-settings.ts';
import { parseStoreUri } from './store-uri.ts';
import { openWindowsStore } from './windows/windows-store.ts';

/**
 * Opens a store. Nothing is touched yet: the store is read when it is listed.
 *
 * @param settings - where the store is and how to reach it
 * @throws KeystoreError `store_uri_invalid`
 */
export function openCertificateStore(settings: StoreSettings): CertificateStore {
  const uri = parseStoreUri(settings.uri);
  switch (uri.kind) {
    case 'pkcs11':
      return openPkcs11Store(uri.search, settings);
    case 'p11-kit':
      return openP11KitStore(uri.search, settings);
    case 'file':
      return openFileStore(uri.directory, settings);
    case 'windows':
      return openWindowsStore(uri.search, settings);
    case 'macos':
      return openMacosStore(uri.search, settings);
  }
}
