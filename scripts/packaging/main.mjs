/** scripts/package: makes the agent's packages. docs/deploy/packages.md explains them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sbomName } from './application.mjs';
import { findClosure } from './closure.mjs';
import { makeDeb } from './deb.mjs';
import { PackagingError, exitCodes } from './errors.mjs';
import { applicationDirectory, writeLinuxTree } from './linux-tree.mjs';
import { makeMsi } from './msi.mjs';
import { makePkg } from './pkg.mjs';
import { makeRpm } from './rpm.mjs';
import { findRuntime } from './runtime.mjs';
import { sign } from './sign.mjs';
import { ownTarget, targets } from './targets.mjs';
import { sizeOf } from './tree.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const usage = `usage: scripts/package [options]
  --target <target>        ${Object.keys(targets).join(', ')} (this machine's)
  --format <format>        deb, rpm, msi, pkg or all of the target's (all)
  --output <directory>     where packages go (build/packages)
  --node <path>            Node to carry: a directory, or a program with LICENSE beside it (a pinned one of npm)
  --prebuilds <directory>  native files (prebuilds)
  --package-version <v>    instead of package.json's
  --compression best|fast  (best)
  --sign-file <command>    signs each native file that is not signed yet; repeatable, in order
  --sign-package <command> signs each package; repeatable, in order
  --no-build               takes dist/ as it is
  --json                   prints what was made for programs
In signing commands {in} stands for the file, {out} for one that takes its place, {entitlements} for macOS'.`;

const optionTypes = {
  target: { type: 'string', default: ownTarget() },
  format: { type: 'string', default: 'all' },
  output: { type: 'string', default: path.join(root, 'build', 'packages') },
  node: { type: 'string' },
  prebuilds: { type: 'string', default: path.join(root, 'prebuilds') },
  'package-version': { type: 'string' },
  compression: { type: 'string', default: 'best' },
  'sign-file': { type: 'string', multiple: true, default: [] },
  'sign-package': { type: 'string', multiple: true, default: [] },
  'no-build': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PackagingError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  if (!options['no-build']) {
    execFileSync(process.execPath, [path.join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  }
  const build = await prepareBuild(options);
  const output = path.resolve(options.output);
  mkdirSync(output, { recursive: true });
  const scratch = mkdtempSync(path.join(tmpdir(), 'countersign-package-'));
  try {
    const made = await makePackages(build, options, scratch, output);
    report(build, made, options.json);
    const unfinished = made.filter(({ remaining }) => remaining !== undefined);
    for (const { remaining } of unfinished) console.error(remaining);
    return unfinished.length === 0 ? 0 : exitCodes.needsOtherSystem;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readOptions(args) {
  const wrong = (message) => new PackagingError(`${message}\n${usage}`, exitCodes.usage);
  let values;
  try {
    ({ values } = parseArgs({ args, options: optionTypes }));
  } catch (error) {
    throw wrong(error.message);
  }
  const system = targets[values.target];
  if (system === undefined) throw wrong(`There is no target "${values.target}".`);
  if (values.format !== 'all' && !system.formats.includes(values.format)) {
    throw wrong(`${values.target} has ${system.formats.join(' and ')}, not "${values.format}".`);
  }
  if (!['best', 'fast'].includes(values.compression)) throw wrong('--compression is best or fast.');
  const version = values['package-version'];
  if (version !== undefined && !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/.test(version)) {
    throw wrong(`"${version}" is no version such as 1.2.3 or 1.2.3-beta.1.`);
  }
  return values;
}

async function prepareBuild(options) {
  const system = targets[options.target];
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const runtime = findRuntime(system, options.node, path.join(root, 'build', 'runtimes'));
  console.error(`Node ${runtime.version} for ${options.target}`);
  return {
    root,
    target: options.target,
    system,
    runtime,
    closure: await findClosure(root),
    prebuilds: path.resolve(options.prebuilds),
    manifest: { ...manifest, version: options['package-version'] ?? manifest.version },
    epoch: sourceTime(),
    compression: options.compression,
    signFile: options['sign-file'],
    signValues: {
      entitlements: fileURLToPath(new URL('files/macos/entitlements.plist', import.meta.url)),
    },
  };
}

/** https://reproducible-builds.org/specs/source-date-epoch/: when the sources were last changed. */
function sourceTime() {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined) {
    if (/^\d{1,12}$/.test(given)) return Number(given);
    throw new PackagingError('SOURCE_DATE_EPOCH is seconds since 1970.', exitCodes.usage);
  }
  try {
    const args = ['log', '-1', '--format=%ct'];
    return Number(execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim());
  } catch {
    // Sources without their history.
    return Math.floor(statSync(path.join(root, 'package.json')).mtimeMs / 1000);
  }
}

async function makePackages(build, options, scratch, output) {
  const formats = options.format === 'all' ? build.system.formats : [options.format];
  const made = [];
  const linux = path.join(scratch, 'linux');
  for (const format of formats) {
    const own = path.join(scratch, format);
    mkdirSync(own);
    if (build.system.platform === 'linux' && !existsSync(linux)) await writeLinuxTree(build, linux);
    const result = await make(format, build, linux, own, output);
    if (result.file !== undefined) {
      for (const command of options['sign-package']) sign(command, result.file);
      copyFileSync(path.join(result.application, sbomName), `${result.file}.${sbomName}`);
      writeFileSync(`${result.file}.sha256`, checksumLine(result.file));
    }
    made.push({ format, ...result, installed: sizeOf(result.application) });
  }
  return made;
}

/** @returns the package's file, the application in it, and what another system has to do */
async function make(format, build, linux, scratch, output) {
  const application = path.join(linux, applicationDirectory);
  switch (format) {
    case 'deb':
      return { file: makeDeb(build, linux, scratch, output), application };
    case 'rpm':
      return { file: makeRpm(build, linux, scratch, output), application };
    case 'msi':
      return makeMsi(build, scratch, output);
    default:
      return makePkg(build, scratch, output);
  }
}

function checksumLine(file) {
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
  return `${sum}  ${path.basename(file)}\n`;
}

function report(build, made, json) {
  const rows = made.map(({ format, file, directory, application, installed }) => ({
    format,
    target: build.target,
    version: build.manifest.version,
    node: build.runtime.version,
    ...(file === undefined
      ? { directory }
      : { file, sbom: `${file}.${sbomName}`, size: statSync(file).size }),
    installed,
    runtime: statSync(path.join(application, 'runtime', build.system.runtimeFile)).size,
  }));
  if (json) {
    console.log(JSON.stringify({ packages: rows }, undefined, 2));
    return;
  }
  const megabytes = (octets) => (octets === undefined ? '' : `${(octets / 1e6).toFixed(1)} MB`);
  const table = rows.map((row) => [
    path.basename(row.file ?? row.directory),
    megabytes(row.size),
    megabytes(row.installed),
    megabytes(row.runtime),
  ]);
  const lines = [['package', 'size', 'installed', 'of which Node'], ...table];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}
