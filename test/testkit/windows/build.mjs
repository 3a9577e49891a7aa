// Builds what the Windows tests need beside the shipped addon: the store editor, and the double of
// ncrypt.dll. Below build/windows.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLibrary } from '../../../scripts/mingw.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = path.join(here, '../../..');

const output = (file) => path.join(root, 'build/windows', file);

buildLibrary({
  arch: 'x64',
  name: 'store-editor',
  sources: [
    path.join(here, 'store-editor/store_editor.cc'),
    path.join(root, 'native/node_import_hook_mingw.cc'),
  ],
  output: output('store_editor.node'),
  libraries: ['crypt32', 'ncrypt', 'advapi32'],
  usesNodeApi: true,
  flags: ['-DNODE_GYP_MODULE_NAME=store_editor'],
});
buildLibrary({
  arch: 'x64',
  name: 'ncrypt-double',
  sources: readdirSync(path.join(here, 'ncrypt-double'))
    .filter((file) => file.endsWith('.cc'))
    .map((file) => path.join(here, 'ncrypt-double', file)),
  output: output('ncrypt.dll'),
  libraries: ['crypt32', 'advapi32'],
  usesNodeApi: false,
});
