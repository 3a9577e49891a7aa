// Builds the prebuilt addon for Windows with mingw-w64: prebuilds/win32-ARCH.node, and the program that
// runs the machine's agent as a service: prebuilds/win32-ARCH-service.exe.
//   node scripts/build-native-windows.mjs [x64|arm64 ...]      x64 unless told
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildLibrary, buildProgram, toolchains } from './mingw.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = path.join(root, 'native');

// All sources but those of other systems.
const sources = readdirSync(directory)
  .filter((file) => file.endsWith('.cc') && !/_(?:mac|none|posix)\.cc$/.test(file))
  .map((file) => path.join(directory, file));

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['x64'];
for (const arch of wanted) {
  if (!(arch in toolchains)) throw new Error(`There is no Windows of architecture "${arch}" here.`);
  const output = path.join(root, 'prebuilds', `win32-${arch}.node`);
  buildLibrary({
    arch,
    name: 'countersign',
    sources,
    output,
    libraries: ['crypt32', 'ncrypt', 'advapi32', 'iphlpapi', 'ws2_32'],
    usesNodeApi: true,
    flags: ['-DNODE_GYP_MODULE_NAME=countersign'],
  });
  const serviceHost = path.join(root, 'prebuilds', `win32-${arch}-service.exe`);
  buildProgram({
    arch,
    name: 'service-host',
    sources: [path.join(directory, 'service-host', 'service_host_win.cc')],
    output: serviceHost,
    libraries: ['advapi32', 'shell32'],
  });
  for (const file of [output, serviceHost]) console.log(path.relative(root, file));
}
