/** `countersign-server audit`: what administrators changed, and whether the log is whole. */
import { InvalidArgumentError, type Command } from 'commander';
import { formatSecond } from '../../core/index.ts';
import type { AuditEntry } from '../../server/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, printWidth } from '../output.ts';
import { withAdministration } from './administration.ts';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';

/** Adds the commands. */
export function addAuditCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  const audit = program.command('audit').description('what administrators changed');
  const command = (usage: string, description: string): Command =>
    withDataOptions(audit.command(usage).description(description));

  command('tail', 'show the latest entries, the youngest last')
    .option('--limit <n>', 'how many', readLimit, 20)
    .option('--json', 'print JSON, with the state before and after')
    .action((options: PrintOptions & { readonly limit: number }) =>
      withAdministration(context, options, async (administration) => {
        const { items } = await administration.audit.list({ limit: options.limit });
        const entries = items.toReversed();
        output.out(
          options.json ? formatJson(entries) : entryTable(entries, printWidth(output.columns)),
        );
      }),
    );
  command('verify', 'read the whole chain of hashes, and tell the first entry that does not fit')
    .option('--json', 'print JSON')
    .action((options: PrintOptions) =>
      withAdministration(context, options, async (administration) => {
        const { entries, problem } = await administration.audit.verify();
        if (options.json) output.out(formatJson({ entries, problem }));
        else output.out(`${problem?.message ?? wholeText(entries)}\n`);
        if (problem !== undefined) throw new ExitWith(exitCodes.auditLogDamaged);
      }),
    );
  command('export', 'print the whole log, oldest entry first, one JSON object a line').action(
    (options: PrintOptions) =>
      withAdministration(context, options, async (administration) => {
        for await (const entry of administration.audit.export()) {
          output.out(`${JSON.stringify(entry)}\n`);
        }
      }),
  );
}

function wholeText(entries: number): string {
  return `The audit log is whole: ${entries} ${entries === 1 ? 'entry' : 'entries'}.`;
}

function readLimit(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}

function entryTable(entries: readonly AuditEntry[], width: number): string {
  if (entries.length === 0) return 'Nobody has changed anything yet.\n';
  return formatTable(
    [
      { title: 'NO' },
      { title: 'TIME' },
      { title: 'WHO', wrap: true },
      { title: 'HOW' },
      { title: 'WHAT', wrap: true },
      { title: 'OF', wrap: true },
    ],
    entries.map(({ sequence, at, actor, via, action, target }) => [
      String(sequence),
      formatSecond(at),
      actor,
      via,
      action,
      target ?? '',
    ]),
    width,
  );
}
