export {
  addonFailures,
  nativeFailure,
  type NativeAddon,
  type NativeCertificate,
  type NativeCertificateStore,
  type NativeFailure,
  type NativeKey,
  type NativeListing,
  type NativeManagedFile,
  type NativePeerProcess,
  type NativePolicySource,
  type NativePolicyValue,
  type NativeStoreStatus,
  type NativeTcpConnection,
} from './addon.ts';
export { NativeAddonError, nativeAddonErrors, type NativeAddonErrorCode } from './errors.ts';
export { loadNativeAddon } from './load-addon.ts';
