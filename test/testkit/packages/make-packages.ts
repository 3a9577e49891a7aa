/** Runs scripts/package as people do. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What scripts/package --json prints of a package. */
export interface MadePackage {
  readonly format: string;
  readonly target: string;
  readonly version: string;
  readonly node: string;
  /** Absent where this system cannot make the package itself; then there is a directory. */
  readonly file?: string;
  readonly sbom?: string;
  readonly directory?: string;
  readonly size?: number;
  readonly installed: number;
  readonly runtime: number;
}

/** How a run ended. */
export interface PackagingRun {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly packages: readonly MadePackage[];
}

/**
 * Runs scripts/package with the build that is there.
 *
 * @param args - its options
 * @param environment - variables beside the own ones
 */
export async function runPackaging(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<PackagingRun> {
  const child = spawn(path.join(root, 'scripts/package'), ['--no-build', '--json', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const packages =
    stdout === '' ? [] : (JSON.parse(stdout) as { packages: MadePackage[] }).packages;
  return { exitCode, stderr, packages };
}

/**
 * Makes packages; they must succeed.
 *
 * @returns each package by its format
 */
export async function makePackages(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<
  Readonly<Record<string, MadePackage & { readonly file: string; readonly sbom: string }>>
> {
  const { exitCode, stderr, packages } = await runPackaging(args, environment);
  if (exitCode !== 0) throw new Error(stderr);
  return Object.fromEntries(
    packages.map((made) => {
      const { file, sbom } = made;
      if (file === undefined || sbom === undefined) throw new Error(`${made.format} has no file`);
      return [made.format, { ...made, file, sbom }];
    }),
  );
}

/**
 * Lays a runtime out as an unpacked release of Node has it.
 *
 * @param directory - an empty one
 * @param program - the runtime
 * @returns the directory, for --node
 */
export function layOutRuntime(directory: string, program = process.execPath): string {
  const place = path.join(directory, 'bin');
  mkdirSync(place, { recursive: true });
  symlinkSync(program, path.join(place, program.endsWith('.exe') ? 'node.exe' : 'node'));
  writeFileSync(path.join(directory, 'LICENSE'), 'Node.js is licensed for use as follows.\n');
  return directory;
}

/**
 * Puts the pkcs11js that npm compiled on this machine where packages are made from.
 *
 * @returns the directory, for --prebuilds
 */
export function layOutPrebuilds(directory: string): string {
  const source = path.join(root, 'node_modules/pkcs11js');
  const destination = path.join(directory, 'pkcs11js', `${process.platform}-${process.arch}`);
  for (const file of ['package.json', 'index.js', 'LICENSE', 'build/Release/pkcs11.node']) {
    mkdirSync(path.dirname(path.join(destination, file)), { recursive: true });
    copyFileSync(path.join(source, file), path.join(destination, file));
  }
  return directory;
}
