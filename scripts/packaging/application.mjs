/**
 * The application as every package carries it, in one directory:
 *   runtime/        Node
 *   dist/           the agent's part of the build
 *   node_modules/   those files of other packages that it imports
 *   prebuilds/      native files of this system
 *   package.json, LICENSE, THIRD-PARTY-NOTICES.txt, sbom.cdx.json
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { PackagingError } from './errors.mjs';
import { runTool } from './run-tool.mjs';
import { renderSbom } from './sbom.mjs';
import { sign } from './sign.mjs';

/** What a compiled pkcs11js consists of. */
const pkcs11jsFiles = ['package.json', 'index.js', 'LICENSE', 'build/Release/pkcs11.node'];

/** Name of the bill of materials in the application. */
export const sbomName = 'sbom.cdx.json';

/**
 * Puts the application together.
 *
 * @param {object} build
 * @param {string} build.root - of the repository
 * @param {string} build.target - a key of targets.mjs
 * @param {import('./targets.mjs').Target} build.system
 * @param {object} build.closure - of closure.mjs
 * @param {import('./runtime.mjs').Runtime} build.runtime
 * @param {string} build.prebuilds - directory of the native files
 * @param {object} build.manifest - package.json, with the version that is made
 * @param {number} build.epoch - seconds since 1970
 * @param {readonly string[]} build.signFile - signing commands for native files, in order
 * @param {Readonly<Record<string, string>>} build.signValues
 * @param {string} directory - where; is made
 * @throws PackagingError where a native file is missing
 */
export function writeApplication(build, directory) {
  const { root, closure } = build;
  requireNativeFiles(build);
  const imported = closure.packages.flatMap((one) => [
    ...one.files,
    ...(one.files.length === 0 ? [] : [`${one.directory}/package.json`]),
    ...one.licenseFiles,
  ]);
  for (const file of [...closure.files, ...new Set(imported), 'LICENSE']) {
    copy(path.join(root, file), path.join(directory, file));
  }
  const native = [...copyRuntime(build, directory), ...copyNativeFiles(build, directory)];
  for (const command of build.signFile) {
    for (const file of native) sign(command, file, build.signValues);
  }
  const texts = {
    'package.json': shippedManifest(build.manifest, closure),
    'THIRD-PARTY-NOTICES.txt': notices(build),
    [sbomName]: renderSbom({ ...build, lock: readLock(root) }),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(directory, name), text);
}

function requireNativeFiles({ system, prebuilds }) {
  const needed = [
    ...system.prebuilds,
    ...system.pkcs11js.map((target) => `pkcs11js/${target}/build/Release/pkcs11.node`),
  ];
  const missing = needed.filter((file) => !existsSync(path.join(prebuilds, file)));
  if (missing.length === 0) return;
  throw new PackagingError(
    `Missing in ${prebuilds}: ${missing.join(', ')}; docs/deploy/packages.md says how each is built.`,
  );
}

/** @returns the files that are signed */
function copyRuntime({ system, runtime }, directory) {
  const file = path.join(directory, 'runtime', system.runtimeFile);
  copy(runtime.file, file);
  chmodSync(file, 0o755);
  // Debugging symbols of a program that others build and debug: a fifth of it.
  if (system.platform === 'linux') runTool('strip', ['--strip-unneeded', file]);
  // On Windows Node comes signed by its makers; elsewhere nobody's signature is on it.
  return system.platform === 'darwin' ? [file] : [];
}

function copyNativeFiles({ system, prebuilds }, directory) {
  const own = system.prebuilds.map((file) => {
    copy(path.join(prebuilds, file), path.join(directory, 'prebuilds', file));
    return path.join(directory, 'prebuilds', file);
  });
  const pkcs11 = system.pkcs11js.map((target) => {
    const source = path.join(prebuilds, 'pkcs11js', target);
    const destination = path.join(directory, 'prebuilds', 'pkcs11js', target);
    for (const file of pkcs11jsFiles) copy(path.join(source, file), path.join(destination, file));
    const library = path.join(destination, 'build', 'Release', 'pkcs11.node');
    if (system.platform === 'linux') runTool('strip', ['--strip-unneeded', library]);
    return library;
  });
  for (const file of [...own, ...pkcs11])
    chmodSync(file, system.platform === 'linux' ? 0o644 : 0o755);
  return system.platform === 'linux' ? [] : [...own, ...pkcs11];
}

/** What Node needs to load it, and what a reader wants to know. */
function shippedManifest(manifest, { files }) {
  const { name, version, description, license, type } = manifest;
  const shipped = Object.entries(manifest.imports).filter(([, file]) =>
    files.includes(path.posix.normalize(file)),
  );
  const imports = Object.fromEntries(shipped);
  const bin = { countersign: manifest.bin.countersign };
  return `${JSON.stringify({ name, version, description, license, type, bin, imports }, undefined, 2)}\n`;
}

function notices({ root, closure, runtime }) {
  const packages = closure.packages.map((one) => {
    const texts = one.licenseFiles.map((file) =>
      readFileSync(path.join(root, file), 'utf8').trim(),
    );
    return `${one.name} ${one.version} (${one.license})\n\n${texts.join('\n\n')}`;
  });
  const all = [...packages, `Node.js ${runtime.version}\n\n${runtime.license.trim()}`];
  return `${all.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function readLock(root) {
  return JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
}

function copy(source, destination) {
  mkdirSync(path.dirname(destination), { recursive: true });
  copyFileSync(source, destination);
  chmodSync(destination, 0o644);
}
