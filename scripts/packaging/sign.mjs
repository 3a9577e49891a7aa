/** Signing, by whatever command the organisation signs with. */
import { existsSync, renameSync } from 'node:fs';
import { PackagingError, exitCodes } from './errors.mjs';
import { runTool } from './run-tool.mjs';

/**
 * Signs a file with a command in which `{in}` stands for it. A command with `{out}` too writes another
 * file, which takes its place; one without signs in place or puts a signature beside it.
 *
 * @param {string} command - words, in single or double quotes where they hold spaces; no shell sees it
 * @param {string} file
 * @param {Readonly<Record<string, string>>} values - what else may be named in braces
 * @throws PackagingError where it fails
 */
export function sign(command, file, values = {}) {
  const output = `${file}.signed`;
  const known = { ...values, in: file, out: output };
  const words = splitCommand(command).map((word) =>
    word.replace(/\{(\w+)\}/g, (all, name) => known[name] ?? all),
  );
  const [program, ...args] = words;
  if (program === undefined || !command.includes('{in}')) {
    throw new PackagingError(`A signing command needs {in}: ${command}`, exitCodes.usage);
  }
  runTool(program, args);
  if (!command.includes('{out}')) return;
  if (!existsSync(output)) throw new PackagingError(`${program} wrote no ${output}.`);
  renameSync(output, file);
}

/** @returns {string[]} the command's words, as a shell without variables would have them */
function splitCommand(command) {
  const words = command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, a, b) => a ?? b));
}
