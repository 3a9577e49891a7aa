import type { CertificateStore, StoreKind } from './certificate-store.ts';
import { openFileStore } from './file/file-store.ts';
import { openMacosStore } from './macos/macos-store.ts';
import { openP11KitStore } from './p11-kit/p11-kit-store.ts';
import { openPkcs11Store } from './pkcs11/pkcs11-store.ts';
import type { StoreSettings } from './store-settings.ts';
import { parseStoreUri, type StoreUri } from './store-uri.ts';
import { openWindowsStore } from './windows/windows-store.ts';

type Opener<K extends StoreKind> = (
  uri: Extract<StoreUri, { kind: K }>,
  settings: StoreSettings,
) => CertificateStore;

const openers: { readonly [K in StoreKind]: Opener<K> } = {
  pkcs11: (uri, settings) => openPkcs11Store(uri.search, settings),
  'p11-kit': (uri, settings) => openP11KitStore(uri.search, settings),
  file: (uri, settings) => openFileStore(uri.directory, settings),
  windows: (uri, settings) => openWindowsStore(uri.search, settings),
  macos: (uri, settings) => openMacosStore(uri.search, settings),
};

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
      return openers.pkcs11(uri, settings);
    case 'p11-kit':
      return openers['p11-kit'](uri, settings);
    case 'file':
      return openers.file(uri, settings);
    case 'windows':
      return openers.windows(uri, settings);
    case 'macos':
      return openers.macos(uri, settings);
  }
}
