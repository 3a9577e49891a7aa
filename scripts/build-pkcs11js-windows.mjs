// Builds pkcs11js for Windows with mingw-w64, from the sources that npm installed, unchanged:
// prebuilds/pkcs11js/win32-ARCH. On Windows itself npm compiles it, and collect-pkcs11js.mjs takes that.
//   node scripts/build-pkcs11js-windows.mjs [x64|arm64 ...]      x64 unless told
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLibrary, toolchains } from './mingw.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = path.join(root, 'node_modules', 'pkcs11js');

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['x64'];
for (const arch of wanted) {
  if (!(arch in toolchains)) throw new Error(`There is no Windows of architecture "${arch}" here.`);
  const destination = path.join(root, 'prebuilds', 'pkcs11js', `win32-${arch}`);
  mkdirSync(destination, { recursive: true });
  for (const file of ['package.json', 'index.js', 'LICENSE']) {
    copyFileSync(path.join(source, file), path.join(destination, file));
  }
  buildLibrary({
    arch,
    name: 'pkcs11js',
    sources: [
      // As its binding.gyp lists them, and what binds the library to the program that loads it.
      ...['dl', 'common', 'main'].map((name) => path.join(source, 'src', `${name}.cpp`)),
      path.join(root, 'native', 'node_import_hook_mingw.cc'),
    ],
    output: path.join(destination, 'build', 'Release', 'pkcs11.node'),
    libraries: [],
    usesNodeApi: true,
    flags: [
      ...['-isystem', path.join(source, 'includes')],
      ...['-DNAPI_DISABLE_CPP_EXCEPTIONS', '-UNAPI_CPP_EXCEPTIONS'],
      '-DNODE_GYP_MODULE_NAME=pkcs11',
      // Warnings in others' sources are theirs to mend.
      '-w',
    ],
  });
  console.log(path.relative(root, destination));
}
