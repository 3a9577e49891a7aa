/** What the commands of `countersign-server crl` do. */
import { formatTime } from '../../core/index.ts';
import type { Administration, CrlDescription, RevocationProblem } from '../../server/index.ts';
import { crlJson } from '../../server/revocation/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { withAdministration } from './administration.ts';
import type { CommandContext, PrintOptions } from './context.ts';
import { forEachItem } from './each-item.ts';
import { readNamedFile } from './named-file.ts';

type CrlUseCases = Administration['crls'];

/** Options of these commands. */
export interface CrlOptions extends PrintOptions {
  readonly debug?: true;
}

/** Lists the CRLs, and what could not be had. */
export function listCrls(context: CommandContext, options: CrlOptions): Promise<void> {
  const { output } = context;
  return withRevocation(context, options, async (revocation) => {
    const { crls, problems } = await revocation.list();
    const width = printWidth(output.columns);
    output.out(
      options.json
        ? formatJson({ crls: crls.map(crlJson), problems })
        : crlTable(crls, width) + problemTable(problems, width),
    );
  });
}

/** Adds CRLs from files. */
export function addCrls(
  context: CommandContext,
  files: readonly string[],
  options: CrlOptions,
): Promise<void> {
  return withRevocation(context, options, (revocation) =>
    showEach(files, options, context.output, (file) => revocation.upload(readNamedFile(file))),
  );
}

/** Fetches CRLs: those named, or all that are known. */
export function fetchCrls(
  context: CommandContext,
  addresses: readonly string[],
  options: CrlOptions,
): Promise<void> {
  return withRevocation(context, options, async (revocation) => {
    const wanted = addresses.length > 0 ? addresses : await knownAddresses(revocation);
    await showEach(wanted, options, context.output, async (address) => [
      await revocation.fetch(address),
    ]);
  });
}

/** Removes a CRL. */
export function removeCrl(
  context: CommandContext,
  source: string,
  options: CrlOptions,
): Promise<void> {
  return withRevocation(context, options, async (revocation) => {
    await revocation.remove(source);
    context.output.out(options.json ? formatJson({ source }) : `removed ${source}\n`);
  });
}

function withRevocation(
  context: CommandContext,
  options: CrlOptions,
  work: (crls: CrlUseCases) => Promise<void>,
): Promise<void> {
  return withAdministration(context, options, ({ crls }) => work(crls));
}

async function knownAddresses(revocation: CrlUseCases): Promise<readonly string[]> {
  const { crls } = await revocation.list();
  return crls.map(({ source }) => source).filter((source) => /^https?:/i.test(source));
}

/** Does work for each, and shows what came of it; the command fails where something was refused. */
async function showEach(
  items: readonly string[],
  options: CrlOptions,
  output: Output,
  work: (item: string) => Promise<readonly CrlDescription[]>,
): Promise<void> {
  const debug = options.debug === true;
  const { done, failed } = await forEachItem(items, { output, debug }, work);
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
      formatTime(thisUpdate),
      nextUpdate === undefined ? '-' : formatTime(nextUpdate),
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
