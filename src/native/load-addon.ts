/** Loads the native addon: the only file that does. Nothing is downloaded, ever. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeAddon } from './addon.ts';
import { NativeAddonError } from './errors.ts';

/** The package's own directory, seen from src/native and from dist/native alike. */
const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));

let loaded: NativeAddon | undefined;

/**
 * Loads the addon once: the prebuilt one of this system from the package, else one built from source.
 *
 * @throws NativeAddonError
 */
export function loadNativeAddon(): NativeAddon {
  loaded ??= loadFrom(addonFiles(packageDirectory, process.platform, process.arch));
  return loaded;
}

/**
 * Where an addon may be, in the order they are tried.
 *
 * @param directory - the package's own
 * @param platform - as process.platform
 * @param arch - as process.arch
 * @throws NativeAddonError `native_addon_unneeded`
 */
export function addonFiles(directory: string, platform: string, arch: string): string[] {
  if (platform !== 'win32' && platform !== 'darwin') {
    throw new NativeAddonError('native_addon_unneeded');
  }
  const target = platform === 'darwin' ? 'darwin-universal' : `${platform}-${arch}`;
  return [
    path.join(directory, 'prebuilds', `${target}.node`),
    path.join(directory, 'build', 'Release', 'countersign.node'),
  ];
}

/**
 * Loads the first of these files that is there.
 *
 * @throws NativeAddonError `native_addon_missing`, `native_addon_broken`
 */
export function loadFrom(files: readonly string[]): NativeAddon {
  const file = files.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new NativeAddonError('native_addon_missing', {
      message: `The native addon for this system is in none of ${files.join(', ')}; build it with "npx node-gyp rebuild" in ${packageDirectory}.`,
    });
  }
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NativeAddonError('native_addon_broken', {
      message: `The native addon ${file} cannot be loaded: ${reason}`,
      cause,
    });
  }
}
