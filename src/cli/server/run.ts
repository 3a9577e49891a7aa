/** `countersign-server run`: the authentication server. */
import type { Command } from 'commander';
import { withDataOptions, type CommandContext } from './context.ts';
import type { RunOptions } from './run-server.ts';

/** Adds the command. */
export function addRunCommand(program: Command, context: CommandContext): void {
  withDataOptions(program.command('run').description('run the server until it is told to stop'))
    .option('--listen <host:port>', 'address to listen at (default: 127.0.0.1:8480)')
    .option('--issuer <url>', 'URL that browsers and agents reach the server at')
    .option('--demo', 'serve the demonstration application at /demo/')
    .option('--log-level <level>', 'error, warn, info or debug (default: info)')
    .option('--log-format <format>', 'text or json (default: text)')
    .action(async (options: RunOptions) => (await import('./run-server.ts')).run(context, options));
}
