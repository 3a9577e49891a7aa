/** The Node that a package carries. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { binaryKind } from './binary-kind.mjs';
import { PackagingError } from './errors.mjs';
import { runTool } from './run-tool.mjs';

/** The oldest that the agent runs on; package.json's engines. */
const oldest = [20, 19];

/**
 * @typedef {object} Runtime
 * @property {string} file - the program
 * @property {string} license - the text of its licence
 * @property {string} version - without a "v"
 * @property {string} sha256 - of the program as it came, in hex
 */

/**
 * Finds the runtime.
 *
 * @param {import('./targets.mjs').Target} target
 * @param {string | undefined} given - a directory with the program (in bin/ or not) and LICENSE, or the program
 *   with LICENSE beside or above it; undefined for the pinned one of npm
 * @param {string} cache - directory where a fetched one is kept
 * @returns {Runtime}
 * @throws PackagingError where there is none that fits
 */
export function findRuntime(target, given, cache) {
  if (given !== undefined) return readRuntime(target, path.resolve(given));
  if (target.runtime === undefined) {
    throw new PackagingError(
      'No runtime for this target is known: name one with --node (docs/deploy/packages.md says how to join one for macOS).',
    );
  }
  const directory = fetchPackage(target.runtime, cache);
  const { licenseFrom } = target.runtime;
  if (licenseFrom !== undefined) {
    const license = path.join(fetchPackage(licenseFrom, cache), 'LICENSE');
    copyFileSync(license, path.join(directory, 'LICENSE'));
  }
  return readRuntime(target, directory);
}

/** npm's own client fetches it; the pin decides whether it is taken. */
function fetchPackage({ package: name, version, integrity }, cache) {
  const directory = path.join(cache, `${name}-${version}`);
  if (existsSync(directory)) return directory;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(path.join(cache, 'fetch-'));
  try {
    runTool('npm', ['pack', '--silent', '--pack-destination', scratch, `${name}@${version}`]);
    const archive = path.join(scratch, `${name}-${version}.tgz`);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity) {
      throw new PackagingError(`${name}@${version} is not the pinned one: its hash is ${found}.`);
    }
    runTool('tar', ['-xzf', archive, '-C', scratch]);
    // Headers and manual pages: nothing that a package carries.
    for (const rest of ['include', 'share']) {
      rmSync(path.join(scratch, 'package', rest), { recursive: true, force: true });
    }
    renameSync(path.join(scratch, 'package'), directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return directory;
}

function readRuntime(target, place) {
  const file = programAt(place, target.runtimeFile);
  const bytes = readFileSync(file);
  const kind = binaryKind(bytes);
  if (!target.machines.includes(kind)) {
    throw new PackagingError(`${file} is ${kind}, not ${target.machines.join(' or ')}.`);
  }
  return {
    file,
    license: readFileSync(licenseOf(file), 'utf8'),
    version: versionOf(bytes, file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

function programAt(place, name) {
  const candidates = statSync(place, { throwIfNoEntry: false })?.isDirectory()
    ? [path.join(place, 'bin', name), path.join(place, name)]
    : [place];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) throw new PackagingError(`There is no runtime in ${place}.`);
  return file;
}

function licenseOf(file) {
  const directory = path.dirname(file);
  const candidates = [
    path.join(directory, 'LICENSE'),
    path.join(directory, '..', 'LICENSE'),
    // Where Linux distributions keep it.
    path.join(directory, '..', 'share', 'doc', 'nodejs', 'LICENSE'),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new PackagingError(`Node's LICENSE belongs into the package; put it beside ${file}.`);
  }
  return found;
}

/** Every official Node holds the address of its own sources, also where it cannot be run. */
function versionOf(bytes, file) {
  const start = bytes.indexOf('nodejs.org/download/release/v');
  const text = start < 0 ? '' : bytes.toString('latin1', start, start + 80);
  const found = /\/v((\d+)\.(\d+)\.\d+)\//.exec(text);
  if (found === null) throw new PackagingError(`${file} is no release of Node.`);
  const [major, minor] = [Number(found[2]), Number(found[3])];
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new PackagingError(`${file} is Node ${found[1]}; the agent needs ${oldest.join('.')}.`);
  }
  return found[1];
}
