/** Runs a commander program the way both of ours behave: typed errors out, exit codes documented. */
import { CommanderError, type Command } from 'commander';
import { isCountersignError, type CountersignError } from '../core/index.ts';
import { cliErrors, ExitWith, exitCodeOf } from './errors.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { printable, type Output } from './output.ts';

/**
 * Runs a program to its end.
 *
 * @param program - with its commands; it gets a global --debug
 * @param args - the command line, without the interpreter and the script
 * @param output - where help and errors go
 * @returns the exit code
 */
export async function runProgram(
  program: Command,
  args: readonly string[],
  output: Output,
): Promise<ExitCode> {
  program.option('--debug', 'show where an error came from');
  applyToAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({ writeOut: output.out, writeErr: output.err });
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    }
    reportError(error, output, program.opts()['debug'] === true);
    return exitCodeOf(error);
  }
}

/**
 * Tells an error on standard error: its code, its sentence, and with `debug` its stack and causes.
 *
 * @param error - what was thrown
 * @param output - where to tell it
 * @param debug - whether to show the stack
 */
export function reportError(error: unknown, output: Output, debug: boolean): void {
  const told = error instanceof ExitWith ? error.cause : error;
  if (told === undefined) return;
  output.err(`${printable(publicLine(told))}\n`);
  if (debug && told instanceof Error) output.err(`${stackWithCauses(told)}\n`);
}

function publicLine(error: unknown): string {
  if (isCountersignError(error)) {
    return `error: ${error.code}: ${error.message}${unsaidReason(error)}`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `error: internal_error: ${cliErrors.internal_error} (${reason})`;
}

/** What the public of a server is not told of its storage, who runs a command on it is. */
function unsaidReason({ code, message, cause }: CountersignError): string {
  if (code !== 'storage_unavailable' || !(cause instanceof Error)) return '';
  return message.includes(cause.message) ? '' : ` (${cause.message})`;
}

function stackWithCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${stackWithCauses(error.cause)}` : own;
}

function applyToAll(command: Command, apply: (command: Command) => void): void {
  apply(command);
  for (const child of command.commands) applyToAll(child, apply);
}
