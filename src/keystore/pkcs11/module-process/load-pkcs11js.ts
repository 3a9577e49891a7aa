/**
 * Finds pkcs11js. npm ships its source alone, and newer npm versions compile nothing unless told to:
 * so our package carries a compiled copy for each system. What npm compiled comes second.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Pkcs11js from 'pkcs11js';
import { KeystoreError } from '../../errors.ts';

/** What loads CommonJS: `require`. */
export type LoadModule = (id: string) => unknown;

/** The package's own directory, seen from src and from dist alike. */
const packageDirectory = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Loads pkcs11js. Only in the process of a module: its native part must not reach any other.
 *
 * @throws KeystoreError `store_unavailable` where neither copy can be loaded
 */
export function loadPkcs11js(): typeof Pkcs11js {
  const target = pkcs11jsTarget(process.platform, process.arch, usesMusl());
  return loadFrom(packageDirectory, target, createRequire(import.meta.url));
}

/**
 * The name of a compiled copy, such as `linux-x64` or `linux-arm64-musl`.
 *
 * @param platform - as process.platform
 * @param arch - as process.arch
 * @param musl - whether the C library is musl, whose binaries are of another kind
 */
export function pkcs11jsTarget(platform: string, arch: string, musl: boolean): string {
  return `${platform}-${arch}${musl ? '-musl' : ''}`;
}

/**
 * Loads the package's copy for a target, or where there is none the one that npm installed.
 *
 * @param directory - the package's
 * @param target - of {@link pkcs11jsTarget}
 * @param load - the CommonJS loader
 * @throws KeystoreError `store_unavailable`
 */
export function loadFrom(directory: string, target: string, load: LoadModule): typeof Pkcs11js {
  const prebuilt = path.join(directory, 'prebuilds', 'pkcs11js', target);
  let cause: unknown;
  for (const candidate of existsSync(prebuilt) ? [prebuilt, 'pkcs11js'] : ['pkcs11js']) {
    try {
      return load(candidate) as typeof Pkcs11js;
    } catch (error) {
      cause = error;
    }
  }
  const reason = cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
  throw new KeystoreError('store_unavailable', {
    message: `PKCS#11 modules cannot be loaded: pkcs11js has no native part that runs on ${target}, neither in ${prebuilt} nor compiled by npm. Compile it with "npm rebuild pkcs11js". (${reason})`,
    cause,
  });
}

/** Node's own report names the version of glibc it runs with; with musl there is none. */
function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
