#!/usr/bin/env node
/** The agent's command line. Each command's code is loaded when it is the one that was asked for. */
import { Command, Option } from 'commander';
import type { ExportOptions } from './agent/audit-export.ts';
import type { TailOptions } from './agent/audit-tail.ts';
import type { VerifyOptions } from './agent/audit-verify.ts';
import type { CheckOptions } from './agent/certs-check.ts';
import type { ListOptions } from './agent/certs-list.ts';
import type { ShowOptions } from './agent/certs-show.ts';
import type { ConfigOptions } from './agent/config-show.ts';
import type { DoctorOptions } from './agent/doctor.ts';
import type { RunOptions } from './agent/run.ts';
import type { ServiceOptions } from './agent/service-context.ts';
import type { StatusOptions } from './agent/status.ts';
import type { VersionOptions } from './agent/version.ts';
import { logFormats, logLevels } from './logging.ts';
import { processOutput as output } from './output.ts';
import { runProgram } from './program.ts';
import { surviveUnwritableOutput } from './standard-streams.ts';

const program = new Command('countersign').description(
  'Proves to sign-in servers that this device is managed, with the certificate it was given.',
);

const config = new Option('--config <file>', 'settings file, instead of the usual places');
const json = new Option('--json', 'print JSON for programs');
const machine = new Option('--machine', 'the machine’s agent, not mine');

program
  .command('run')
  .description('run the agent until it is stopped')
  .addOption(config)
  .addOption(machine)
  .addOption(new Option('--log-level <level>', 'overrides the settings').choices(logLevels))
  .addOption(
    new Option('--log-format <format>', 'how log lines look').choices(logFormats).default('text'),
  )
  .addOption(
    new Option(
      '--log-file [file]',
      'log into a file that is rotated; by default agent.log of mine',
    ),
  )
  .addOption(new Option('--stop-on-close <path>', 'stop when this pipe or socket closes'))
  .action(async (options: RunOptions) => (await import('./agent/run.ts')).run(options, output));

program
  .command('status')
  .description('ask the running agent how it is')
  .addOption(config)
  .addOption(machine)
  .addOption(json)
  .action(async (options: StatusOptions) =>
    (await import('./agent/status.ts')).status(options, output),
  );

const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];
const storeOptions = [
  config,
  machine,
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
  .argument(
    '<name>',
    'its common name, DNS name, e-mail address, subject, label, location, serial number or start of its SHA-256',
  )
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

const audit = program.command('audit').description('look at the record of all challenges');

audit
  .command('verify')
  .description('tell whether the audit log is as it was written')
  .argument('[files...]', 'files to verify, the oldest first, instead of those of the settings')
  .addOption(config)
  .addOption(machine)
  .addOption(new Option('--expect <sequence:hash>', 'a record that the log must still hold'))
  .addOption(json)
  .action(async (files: readonly string[], options: VerifyOptions) =>
    (await import('./agent/audit-verify.ts')).verifyAudit(files, options, output),
  );

audit
  .command('tail')
  .description('show the last records')
  .addOption(config)
  .addOption(machine)
  .addOption(new Option('-n, --lines <count>', 'how many').default('20'))
  .addOption(json)
  .action(async (options: TailOptions) =>
    (await import('./agent/audit-tail.ts')).tailAudit(options, output),
  );

audit
  .command('export')
  .description('write the records to standard output')
  .addOption(config)
  .addOption(machine)
  .addOption(new Option('--since <time>', 'from this time on, such as 2026-03-01'))
  .addOption(new Option('--until <time>', 'before this time'))
  .addOption(
    new Option('--format <format>', 'as they are, or for a spreadsheet')
      .choices(['jsonl', 'csv'])
      .default('jsonl'),
  )
  .action(async (options: ExportOptions) =>
    (await import('./agent/audit-export.ts')).exportAudit(options, output),
  );

program
  .command('doctor')
  .description('find out what keeps this device from being called managed')
  .addOption(config)
  .addOption(machine)
  .addOption(json)
  .addOption(new Option('--bundle <file>', 'also write a report for support, without names'))
  .action(async (options: DoctorOptions) =>
    (await import('./agent/doctor.ts')).doctor(options, output),
  );

program
  .command('config')
  .description('look at the settings')
  .command('show')
  .description('show the settings that apply, and what is wrong with them')
  .addOption(config)
  .addOption(machine)
  .addOption(new Option('--origin', 'show where each value came from'))
  .addOption(json)
  .action(async (options: ConfigOptions) =>
    (await import('./agent/config-show.ts')).showConfig(options, output),
  );

const service = program
  .command('service')
  .description('hand the agent to the system’s service manager');
const allUsers = new Option(
  '--all-users',
  'an agent of their own for every user who signs in to this machine, not only for me',
);
const theMachine = new Option(
  '--machine',
  'one agent for the machine, which uses the machine’s certificates',
).conflicts('allUsers');

withOptions(service.command('install'), [allUsers, theMachine, config])
  .description('have the agent started at each sign-in, and again where it fails')
  .addOption(new Option('--dry-run', 'print what would be written and run'))
  .action(async (options: ServiceOptions & { readonly dryRun?: boolean }) => {
    const { commands, context } = await loadService(options);
    commands.installService(context, options.dryRun === true);
  });

withOptions(service.command('uninstall'), [allUsers, theMachine])
  .description('stop the agent and have it started no more')
  .action(async (options: ServiceOptions) => {
    const { commands, context } = await loadService(options);
    commands.uninstallService(context);
  });

for (const action of ['start', 'stop'] as const) {
  withOptions(service.command(action), [allUsers, theMachine])
    .description(`${action} the agent`)
    .action(async (options: ServiceOptions) => {
      const { commands, context } = await loadService(options);
      commands.steerService(context, action);
    });
}

withOptions(service.command('status'), [allUsers, theMachine, config, json])
  .description('tell whether the service is installed, and what its manager says')
  .action(async (options: ServiceOptions & { readonly json?: boolean }) => {
    const { commands, context } = await loadService(options);
    commands.serviceStatus(context, options.json === true);
  });

program
  .command('version')
  .description('print the version')
  .addOption(json)
  .action(async (options: VersionOptions) => {
    (await import('./agent/version.ts')).version(options, output);
  });

async function loadService(options: ServiceOptions) {
  const commands = await import('./agent/service-commands.ts');
  const { serviceContext } = await import('./agent/service-context.ts');
  return { commands, context: serviceContext(options, output) };
}

function withOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

surviveUnwritableOutput();
process.exitCode = await runProgram(program, process.argv.slice(2), output);
