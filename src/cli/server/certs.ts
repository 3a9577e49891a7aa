/** `countersign-server certs`: what this server's path validation says of certificates in files. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ExplainCommandOptions } from './certs-explain.ts';
import { withDataOptions, type CommandContext } from './context.ts';

/** Adds the commands. */
export function addCertsCommands(program: Command, context: CommandContext): void {
  const certs = program.command('certs').description('what path validation says of certificates');
  withDataOptions(
    certs
      .command('explain <file...>')
      .description(
        'validate the first certificate, with the others as intermediates, and tell every path and rule',
      ),
  )
    .option(
      '--ca <file...>',
      'certificate authorities (default: those of the server, with their settings)',
    )
    .option('--crl <file...>', 'CRLs, in PEM or DER')
    .option('--ocsp <file...>', 'OCSP responses, in DER')
    .option('--fetch', 'fetch CRLs and OCSP responses where the certificates say')
    .addOption(
      new Option(
        '--revocation <mode>',
        'with --ca: hard-fail, grace or off (default: hard-fail where there is anything to check with)',
      ).choices(['hard-fail', 'grace', 'off']),
    )
    .option('--time <iso>', 'the moment to validate for (default: now)', readTime)
    .option('--json', 'print JSON')
    .action(async (files: string[], options: ExplainCommandOptions) =>
      (await import('./certs-explain.ts')).explain(context, files, options),
    );
}

function readTime(value: string): Date {
  const time = new Date(value);
  if (!Number.isNaN(time.getTime()) && /^\d{4}-\d\d-\d\d/.test(value)) return time;
  throw new InvalidArgumentError('It must be an ISO 8601 time, such as 2026-03-01T12:00:00Z.');
}
