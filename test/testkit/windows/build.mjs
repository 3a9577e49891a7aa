// Builds what the Windows tests need beside the shipped addon: the store editor, and the double of
// ncrypt.dll in a directory with a copy of node.exe, where Windows looks for it first.
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLibrary } from '../../../scripts/mingw.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = path.join(here, '../../..');

/** Everything that the Windows tests use, below build/. */
export const products = {
  node: path.join(root, 'build/windows/node.exe'),
  storeEditor: path.join(root, 'build/windows/store_editor.node'),
  nodeWithDouble: path.join(root, 'build/windows/ncrypt-double/node.exe'),
  double: path.join(root, 'build/windows/ncrypt-double/ncrypt.dll'),
};

export function buildTestLibraries() {
  buildLibrary({
    arch: 'x64',
    name: 'store-editor',
    sources: [
      path.join(here, 'store-editor/store_editor.cc'),
      path.join(root, 'native/node_import_hook_mingw.cc'),
    ],
    output: products.storeEditor,
    libraries: ['crypt32', 'ncrypt', 'advapi32'],
    usesNodeApi: true,
    flags: ['-DNODE_GYP_MODULE_NAME=store_editor'],
  });
  buildLibrary({
    arch: 'x64',
    name: 'ncrypt-double',
    sources: ['openssl_key.cc', 'double_key.cc', 'acquire_hook.cc', 'ncrypt_double.cc'].map(
      (file) => path.join(here, 'ncrypt-double', file),
    ),
    output: products.double,
    libraries: ['crypt32', 'kernel32'],
    usesNodeApi: false,
  });
  rmSync(products.nodeWithDouble, { force: true });
  mkdirSync(path.dirname(products.nodeWithDouble), { recursive: true });
  linkSync(products.node, products.nodeWithDouble);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildTestLibraries();
