// Puts the pkcs11js that npm compiled on this machine into prebuilds/pkcs11js/TARGET, unchanged and with
// its licence. The packaging workflow runs it on each system that the package is for.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'node_modules', 'pkcs11js');
const musl =
  process.platform === 'linux' &&
  process.report.getReport().header.glibcVersionRuntime === undefined;
const target = `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
const destination = join(root, 'prebuilds', 'pkcs11js', target);

rmSync(destination, { recursive: true, force: true });
for (const file of ['package.json', 'index.js', 'LICENSE', 'build/Release/pkcs11.node']) {
  mkdirSync(dirname(join(destination, file)), { recursive: true });
  copyFileSync(join(source, file), join(destination, file));
}
console.log(`prebuilds/pkcs11js/${target}`);
