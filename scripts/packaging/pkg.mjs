/** macOS' packages: what pkgbuild and productbuild put together, and on a Mac the package itself. */
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApplication } from './application.mjs';
import { runTool } from './run-tool.mjs';
import { serviceFile } from './service-files.mjs';
import { setTimes } from './tree.mjs';

const files = fileURLToPath(new URL('files/macos', import.meta.url));
const applicationDirectory = '/usr/local/lib/countersign';

/** The package's name in the system's receipts. Never change it: an upgrade is known by it. */
const identifier = 'countersign.agent';

/**
 * Makes the package.
 *
 * @param {object} build - as for application.mjs
 * @param {string} scratch - an empty directory
 * @param {string} output - directory
 * @returns {Promise<{ file?: string, directory?: string, application: string, remaining?: string }>} off macOS the
 *   directory that `build.sh` in it makes the package from
 */
export async function makePkg(build, scratch, output) {
  const { epoch, manifest } = build;
  const onMac = process.platform === 'darwin';
  const name = `${manifest.name}-${manifest.version}-macos`;
  const directory = onMac ? path.join(scratch, name) : path.join(output, name);
  rmSync(directory, { recursive: true, force: true });
  const tree = path.join(directory, 'root');
  const application = path.join(tree, applicationDirectory);
  writeApplication(build, application);
  await writeSystemFiles(build, tree);
  writeBuildFiles(manifest, directory);
  setTimes(directory, epoch);
  if (!onMac) {
    return {
      directory,
      application,
      remaining: `${directory} is complete, but pkgbuild, productbuild, codesign and notarytool are on macOS alone: run build.sh in it there, or scripts/package.`,
    };
  }
  const file = path.join(output, `${manifest.name}-${manifest.version}.pkg`);
  runTool('sh', [path.join(directory, 'build.sh'), file]);
  return { file, application };
}

async function writeSystemFiles({ root }, tree) {
  const service = await serviceFile(root, 'darwin', [
    `${applicationDirectory}/runtime/node`,
    `${applicationDirectory}/dist/cli/countersign.js`,
  ]);
  write(path.join(tree, 'Library/LaunchAgents', service.name), service.content, 0o644);
  write(path.join(tree, 'usr/local/bin/countersign'), read('countersign.sh'), 0o755);
  write(path.join(tree, applicationDirectory, 'uninstall.sh'), read('uninstall.sh'), 0o755);
}

function writeBuildFiles({ version }, directory) {
  for (const script of ['preinstall', 'postinstall']) {
    write(path.join(directory, 'scripts', script), read(script), 0o755);
  }
  cpSync(path.join(files, 'entitlements.plist'), path.join(directory, 'entitlements.plist'));
  const distribution = read('Distribution.xml').toString('utf8').replaceAll('{version}', version);
  write(path.join(directory, 'Distribution.xml'), distribution, 0o644);
  write(path.join(directory, 'build.sh'), buildScript(version), 0o755);
}

function buildScript(version) {
  return `#!/bin/sh
# Makes the package from what lies beside this script, on macOS: build.sh OUTPUT.pkg
set -eu
output=\${1:?usage: build.sh OUTPUT.pkg}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
pkgbuild --root "$here/root" --scripts "$here/scripts" --identifier ${identifier} \\
  --version ${version} --install-location / --ownership recommended "$scratch/countersign-agent.pkg"
productbuild --distribution "$here/Distribution.xml" --package-path "$scratch" "$output"
`;
}

function read(name) {
  return readFileSync(path.join(files, name));
}

function write(file, content, mode) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
}
