/**
 * What the agent is made of: every file that its entry points import, statically or not, found by
 * following the imports of the build. Nothing is listed by hand, so nothing can be forgotten or left over.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { PackagingError } from './errors.mjs';

/** Loaded by path from prebuilds/, where no import names it. */
const nativePackage = 'pkcs11js';

/**
 * @typedef {object} ClosurePackage
 * @property {string} directory - below the root, such as `node_modules/winston`
 * @property {string} name
 * @property {string} version
 * @property {string} license - as its package.json has it
 * @property {readonly string[]} licenseFiles - below the root
 * @property {readonly string[]} files - below the root; those that are imported
 * @property {readonly string[]} uses - directories of the packages that it imports
 */

/**
 * Follows the imports.
 *
 * @param {string} root - of the repository, with dist/ built
 * @returns {Promise<{ files: string[], packages: ClosurePackage[], uses: string[] }>} the program's own files,
 *   relative to the root, the packages with theirs, and the directories of those that the program imports
 * @throws PackagingError where something of the server is reached
 */
export async function findClosure(root) {
  const manifest = readJson(path.join(root, 'package.json'));
  let entryPoints = [manifest.bin.countersign];
  for (;;) {
    const inputs = await followImports(root, entryPoints);
    const files = Object.keys(inputs).filter((file) => !file.includes('node_modules/'));
    const started = files.flatMap((file) => startedBy(root, file, manifest));
    const missing = started.filter((file) => !files.includes(file));
    if (missing.length === 0) return describe(root, inputs, files);
    entryPoints = [...entryPoints, ...missing];
  }
}

async function followImports(root, entryPoints) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'unused',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    // As Node resolves, not as bundlers do.
    conditions: [],
    mainFields: ['main'],
    logLevel: 'error',
  });
  return metafile.inputs;
}

/** What runs in a thread or a process of its own is named by its address, or as an import of the package. */
function startedBy(root, file, { imports }) {
  const text = readFileSync(path.join(root, file), 'utf8');
  const addresses = text.matchAll(/new Worker\(\s*new URL\('([^']+)', import\.meta\.url\)/g);
  const names = text.matchAll(/\.resolve\('(#[^']+)'\)/g);
  return [
    ...[...addresses].map(([, address]) => path.posix.join(path.posix.dirname(file), address)),
    ...[...names].map(([, name]) => imports[name]),
  ].map((started) => path.posix.normalize(started));
}

function describe(root, inputs, files) {
  const server = files.find((file) => file.startsWith('dist/server/'));
  if (server !== undefined) {
    throw new PackagingError(`The agent imports ${server}: it must not reach the server.`);
  }
  const byPackage = groupBy(Object.keys(inputs), packageOf);
  byPackage.delete(undefined);
  const packages = [...byPackage].map(([directory, own]) => ({
    ...describePackage(root, directory),
    files: [...own].sort(),
    uses: packagesUsedBy(inputs, own, directory),
  }));
  const directory = `node_modules/${nativePackage}`;
  packages.push({ ...describePackage(root, directory), files: [], uses: [] });
  packages.sort((a, b) => (a.directory < b.directory ? -1 : 1));
  return {
    files: files.sort(),
    packages,
    uses: [...packagesUsedBy(inputs, files, undefined), directory].sort(),
  };
}

function packagesUsedBy(inputs, files, directory) {
  const used = files
    .flatMap((file) => inputs[file].imports)
    .filter(({ external }) => external !== true)
    .map((imported) => packageOf(imported.path))
    .filter((other) => other !== undefined && other !== directory);
  return [...new Set(used)].sort();
}

function packageOf(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function describePackage(root, directory) {
  const { name, version, license } = readJson(path.join(root, directory, 'package.json'));
  if (typeof license !== 'string') {
    throw new PackagingError(`${directory}/package.json names no licence.`);
  }
  const licenseFiles = readdirSync(path.join(root, directory))
    .filter((file) => /^(?:licen[cs]e|copying|notice)(?:\.|-|$)/i.test(file))
    .map((file) => `${directory}/${file}`)
    .sort();
  return { directory, name, version, license, licenseFiles };
}

function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
