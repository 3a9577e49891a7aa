/** Where PKCS#11 modules are. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { KeystoreError } from '../errors.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';

/** Where distributions put modules, for `module-name`. */
const moduleDirectories: readonly string[] = [
  '/usr/lib/pkcs11',
  '/usr/lib64/pkcs11',
  '/usr/lib/x86_64-linux-gnu/pkcs11',
  '/usr/lib/aarch64-linux-gnu/pkcs11',
  '/usr/local/lib/pkcs11',
  '/usr/lib/softhsm',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/opt/homebrew/lib',
  '/opt/homebrew/lib/pkcs11',
];

/**
 * The path of the module that a URI names.
 *
 * @param uri - with module-path, or with module-name: `x` finds `libx.so`, `x.so`, `libx.dylib` (RFC
 *   7512 section 2.3 leaves the affixes to the platform)
 * @param directories - where to look for a name
 * @throws KeystoreError `store_uri_invalid` where it names none, none is there, or more than one is
 */
export async function findModule(
  uri: Pkcs11Uri,
  directories: readonly string[] = moduleDirectories,
): Promise<string> {
  if (uri.modulePath !== undefined) return uri.modulePath;
  const { moduleName } = uri;
  if (moduleName === undefined) {
    throw invalid('It names no module; add ?module-path=/path/of/the/module.so.');
  }
  const files = [`lib${moduleName}.so`, `${moduleName}.so`, `lib${moduleName}.dylib`];
  const found = new Set<string>();
  for (const directory of directories) {
    for (const file of files) {
      const real = await realpath(path.join(directory, file)).catch(() => undefined);
      if (real !== undefined) found.add(real);
    }
  }
  const [first, ...others] = found;
  if (first === undefined) {
    throw invalid(`There is no module named "${moduleName}"; give its module-path instead.`);
  }
  if (others.length > 0) {
    const list = [first, ...others].join(', ');
    throw invalid(`Several modules are named "${moduleName}" (${list}); give one's module-path.`);
  }
  return first;
}

function invalid(reason: string): KeystoreError {
  return new KeystoreError('store_uri_invalid', {
    message: `The PKCS#11 URI does not say which module to use. ${reason}`,
  });
}
