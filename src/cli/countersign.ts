#!/usr/bin/env node
/** The agent's command line. Each command's code is loaded when it is the one that was asked for. */
import { Command, Option } from 'commander';
import type { CheckOptions } from './agent/certs-check.ts';
import type { ListOptions } from './agent/certs-list.ts';
import type { ShowOptions } from './agent/certs-show.ts';
import type { RunOptions } from './agent/run.ts';
import type { StatusOptions } from './agent/status.ts';
import type { VersionOptions } from './agent/version.ts';
import { logFormats, logLevels } from './logging.ts';
import { processOutput as output } from './output.ts';
import { runProgram } from './program.ts';

const program = new Command('countersign').description(
  'Proves to sign-in servers that this device is managed, with the certificate it was given.',
);

const config = new Option('--config <file>', 'settings file, instead of the usual places');
const json = new Option('--json', 'print JSON for programs');

program
  .command('run')
  .description('run the agent until it is stopped')
  .addOption(config)
  .addOption(new Option('--log-level <level>', 'overrides the settings').choices(logLevels))
  .addOption(
    new Option('--log-format <format>', 'how log lines look').choices(logFormats).default('text'),
  )
  .action(async (options: RunOptions) => (await import('./agent/run.ts')).run(options, output));

program
  .command('status')
  .description('ask the running agent how it is')
  .addOption(config)
  .addOption(json)
  .action(async (options: StatusOptions) =>
    (await import('./agent/status.ts')).status(options, output),
  );

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];
const storeOptions = [
  config,
  new Option('--store <uri>', 'look into this store only (repeatable)').argParser(collect),
  new Option('--pin-file <file>', 'owner-only file with the PIN or password of --store'),
  json,
];
const certs = program
  .command('certs')
  .description('look at the certificates of this device, without the running agent');

withOptions(certs.command('list'), storeOptions)
  .description('list what the stores hold')
  .action(async (options: ListOptions) =>
    (await import('./agent/certs-list.ts')).listCertificates(options, output),
  );

withOptions(certs.command('show'), storeOptions)
  .description('show all about a certificate')
  .argument('<name>', 'start of its SHA-256, its serial number, its location or its label')
  .addOption(new Option('--pem', 'print it as PEM').conflicts('json'))
  .action(async (name: string, options: ShowOptions) =>
    (await import('./agent/certs-show.ts')).showCertificates(name, options, output),
  );

withOptions(certs.command('check'), storeOptions)
  .description('tell whether this device would be called managed, and why not')
  .addOption(
    new Option(
      '--issuer <file>',
      'PEM or DER certificates of the accepted authorities (repeatable)',
    )
      .argParser(collect)
      .makeOptionMandatory(),
  )
  .action(async (options: CheckOptions) =>
    (await import('./agent/certs-check.ts')).checkCertificates(options, output),
  );

program
  .command('version')
  .description('print the version')
  .addOption(json)
  .action(async (options: VersionOptions) => {
    (await import('./agent/version.ts')).version(options, output);
  });

function withOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

process.exitCode = await runProgram(program, process.argv.slice(2), output);
