/** Runs the tools that make packages. */
import { spawnSync } from 'node:child_process';
import { PackagingError } from './errors.mjs';

/**
 * Runs a tool to its end, without a shell.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} options - env is added to the own one
 * @returns {string} its standard output
 * @throws PackagingError where it is missing or fails, with what it said
 */
export function runTool(program, args, { cwd, env = {} } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error?.code === 'ENOENT') {
    throw new PackagingError(`${program} is missing; docs/deploy/packages.md says what it takes.`);
  }
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    const said = `${result.stdout}${result.stderr}`.trim();
    throw new PackagingError(`${program} failed (${result.status ?? result.signal}): ${said}`);
  }
  return result.stdout;
}
