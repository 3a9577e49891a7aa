#!/usr/bin/env node
/** The agent's command line. Each command's code is loaded when it is the one that was asked for. */
import { Command, Option } from 'commander';
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

program
  .command('version')
  .description('print the version')
  .addOption(json)
  .action(async (options: VersionOptions) => {
    (await import('./agent/version.ts')).version(options, output);
  });

process.exitCode = await runProgram(program, process.argv.slice(2), output);
