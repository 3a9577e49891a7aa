import { CountersignError, type ErrorDetails } from '../core/index.ts';

/** Codes of {@link NativeAddonError}: the native addon cannot be had. */
export const nativeAddonErrors = {
  native_addon_unneeded:
    'This operating system has no native addon: its stores, settings and processes are reached without.',
  native_addon_missing:
    'The native addon for this system is not in the package; build it with "npx node-gyp rebuild" in the package’s directory.',
  native_addon_broken:
    'The native addon is there but cannot be loaded; see the message for what the system says.',
} as const;

/** One of {@link nativeAddonErrors}' codes. */
export type NativeAddonErrorCode = keyof typeof nativeAddonErrors;

/** The native addon cannot be had. */
export class NativeAddonError extends CountersignError<NativeAddonErrorCode> {
  constructor(code: NativeAddonErrorCode, details?: ErrorDetails) {
    super(code, nativeAddonErrors, details);
  }
}
