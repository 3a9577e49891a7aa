// Fails where a binary is missing that the package promises: node scripts/check-prebuilds.mjs
import { existsSync } from 'node:fs';

const desktops = ['win32-x64', 'win32-arm64', 'darwin-universal'];
const pkcs11js = [
  'linux-x64',
  'linux-arm64',
  'linux-x64-musl',
  'linux-arm64-musl',
  'win32-x64',
  'win32-arm64',
  'darwin-x64',
  'darwin-arm64',
];
const promised = [
  ...desktops.map((target) => `prebuilds/${target}.node`),
  'prebuilds/win32-x64-service.exe',
  'prebuilds/win32-arm64-service.exe',
  ...pkcs11js.map((target) => `prebuilds/pkcs11js/${target}/build/Release/pkcs11.node`),
];

const missing = promised.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)));
for (const file of missing) console.error(`missing: ${file}`);
console.log(
  `${promised.length - missing.length} of ${promised.length} prebuilt binaries are there`,
);
process.exitCode = missing.length === 0 ? 0 : 1;
