export {
  storeKinds,
  type CertificateStore,
  type CertificateWithoutKey,
  type Identity,
  type KeyDescription,
  type KeyProtection,
  type Signer,
  type StoredCertificate,
  type StoreKind,
  type StoreListing,
  type StoreProblem,
} from './certificate-store.ts';
export { KeystoreError, keystoreErrors, type KeystoreErrorCode } from './errors.ts';
export { openCertificateStore } from './open-store.ts';
export { readSecretFile, type Secret } from './secret-file.ts';
export { defaultStoreTimeouts, type StoreSettings, type StoreTimeouts } from './store-settings.ts';
export { parseStoreUri, type StoreUri } from './store-uri.ts';
