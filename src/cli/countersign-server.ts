#!/usr/bin/env node
/** The program `countersign-server`: composes settings, storage and server. */
import { Command } from 'commander';
import { processOutput } from './output.ts';
import { runProgram } from './program.ts';
import { addAdminCommands } from './server/admin.ts';
import { addAuditCommands } from './server/audit.ts';
import { addCaCommands } from './server/ca.ts';
import { addCertsCommands } from './server/certs.ts';
import type { CommandContext } from './server/context.ts';
import { addCrlCommands } from './server/crl.ts';
import { addKeysCommands } from './server/keys.ts';
import { addRunCommand } from './server/run.ts';
import { addSignInsCommands } from './server/signins.ts';
import { addStorageCommands } from './server/storage.ts';
import { surviveUnwritableOutput } from './standard-streams.ts';
import { packageVersion } from './version.ts';

const context: CommandContext = { output: processOutput, environment: process.env };
const program = new Command('countersign-server').description(
  'Tells managed devices from all others: issues challenges, verifies proofs, keeps verdicts.',
);
addRunCommand(program, context);
addCaCommands(program, context);
addCrlCommands(program, context);
addCertsCommands(program, context);
addKeysCommands(program, context);
addSignInsCommands(program, context);
addAdminCommands(program, context);
addAuditCommands(program, context);
addStorageCommands(program, context);
program
  .command('version')
  .description('print the version')
  .option('--json', 'print JSON')
  .action((options: { readonly json?: true }) => {
    const version = packageVersion();
    processOutput.out(options.json ? `${JSON.stringify({ version })}\n` : `${version}\n`);
  });

surviveUnwritableOutput();
process.exitCode = await runProgram(program, process.argv.slice(2), processOutput);
