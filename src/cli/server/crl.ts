/** `countersign-server crl`: the certificate revocation lists that a server has. */
import type { Command } from 'commander';
import {
  crlJson,
  type Administration,
  type CrlDescription,
  type RevocationProblem,
} from '../../server/index.ts';
import { isCountersignError } from '../../core/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { reportError } from '../program.ts';
import { withAdministration } from './administration.ts';
import {
  readNamedFile,
  withDataOptions,
  type CommandContext,
  type DataOptions,
} from './context.ts';

type CrlUseCases = Administration['crls'];

interface CrlOptions extends DataOptions {
  readonly json?: true;
  readonly debug?: true;
}

/** Adds the commands. */
export function addCrlCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  const crl = program.command('crl').description('certificate revocation lists');
  const command = (usage: string, description: string): Command =>
    withDataOptions(crl.command(usage).description(description)).option('--json', 'print JSON');

  command('list', 'list the CRLs that are there, and what could not be had').action(
    (options: CrlOptions) =>
      withRevocation(context, options, async (revocation) => {
        const { crls, problems } = await revocation.list();
        output.out(
          options.json
            ? formatJson({ crls: crls.map(crlJson), problems })
            : crlTable(crls, printWidth(output.columns)) +
                problemTable(problems, printWidth(output.columns)),
        );
      }),
  );
  command('add <file...>', 'add CRLs from PEM or DER files').action(
    (files: string[], _options: CrlOptions, self: Command) =>
      withRevocation(context, self.optsWithGlobals(), (revocation, options) =>
        forEach(files, options, output, (file) => revocation.upload(readNamedFile(file))),
      ),
  );
  command('fetch [address...]', 'fetch CRLs now: those named, or all that are known').action(
    (addresses: string[], _options: CrlOptions, self: Command) =>
      withRevocation(context, self.optsWithGlobals(), async (revocation, options) => {
        const wanted = addresses.length > 0 ? addresses : await knownAddresses(revocation);
        await forEach(wanted, options, output, async (address) => [
          await revocation.fetch(address),
        ]);
      }),
  );
  command('remove <source>', 'remove a CRL; one that certificates name is fetched again').action(
    (source: string, options: CrlOptions) =>
      withRevocation(context, options, async (revocation) => {
        await revocation.remove(source);
        output.out(options.json ? formatJson({ source }) : `removed ${source}\n`);
      }),
  );
}

function withRevocation(
  context: CommandContext,
  options: CrlOptions,
  work: (crls: CrlUseCases, options: CrlOptions) => Promise<void>,
): Promise<void> {
  return withAdministration(context, options, ({ crls }) => work(crls, options));
}

async function knownAddresses(revocation: CrlUseCases): Promise<readonly string[]> {
  const { crls } = await revocation.list();
  return crls.map(({ source }) => source).filter((source) => /^https?:/i.test(source));
}

/** What fails does not keep the others out, but the command fails. */
async function forEach(
  items: readonly string[],
  options: CrlOptions,
  output: Output,
  work: (item: string) => Promise<readonly CrlDescription[]>,
): Promise<void> {
  const done: CrlDescription[] = [];
  let failed = false;
  for (const item of items) {
    try {
      done.push(...(await work(item)));
    } catch (error) {
      if (!isCountersignError(error)) throw error;
      failed = true;
      output.err(`${item}: `);
      reportError(error, output, options.debug === true);
    }
  }
  const width = printWidth(output.columns);
  if (options.json) output.out(formatJson(done.map(crlJson)));
  else if (done.length > 0 || !failed) output.out(crlTable(done, width));
  if (failed) throw new ExitWith(exitCodes.failure);
}

function crlTable(crls: readonly CrlDescription[], width: number): string {
  if (crls.length === 0) return 'There is no CRL.\n';
  return formatTable(
    [
      { title: 'SOURCE', wrap: true },
      { title: 'ISSUER', wrap: true },
      { title: 'NUMBER' },
      { title: 'ENTRIES' },
      { title: 'FROM' },
      { title: 'NEXT DUE' },
    ],
    crls.map(({ source, issuer, crlNumber, delta, entries, thisUpdate, nextUpdate }) => [
      source,
      issuer,
      `${crlNumber ?? '-'}${delta ? ' (delta)' : ''}`,
      String(entries),
      minuteOf(thisUpdate),
      nextUpdate === undefined ? '-' : minuteOf(nextUpdate),
    ]),
    width,
  );
}

function problemTable(problems: readonly RevocationProblem[], width: number): string {
  if (problems.length === 0) return '';
  const rows = problems.map(({ source, message }) => [source, message]);
  const columns = [
    { title: 'NOT TO BE HAD', wrap: true },
    { title: 'WHY', wrap: true },
  ];
  return `\n${formatTable(columns, rows, width)}`;
}

function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16)}Z`;
}
