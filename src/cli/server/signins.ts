/** `countersign-server signins`: recent verdicts and their reasons. */
import { InvalidArgumentError, type Command } from 'commander';
import { formatSecond } from '../../core/index.ts';
import type { SignIn } from '../../server/index.ts';
import { formatJson, formatTable, printWidth } from '../output.ts';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';

interface ListOptions extends PrintOptions {
  readonly limit: number;
  readonly managed?: true;
  readonly refused?: true;
}

/** Adds the commands. */
export function addSignInsCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  const signIns = program.command('signins').description('verdicts and their reasons');
  withDataOptions(signIns.command('list').description('list the latest verdicts, youngest first'))
    .option('--limit <n>', 'how many', readLimit, 20)
    .option('--managed', 'only those of managed devices')
    .option('--refused', 'only the others')
    .option('--json', 'print JSON, with checks and paths')
    .action(async (options: ListOptions) => {
      const { readSettings, withStorage } = await import('./storage-access.ts');
      await withStorage(readSettings(context, options), async (storage) => {
        const page = { limit: options.limit, ...filter(options) };
        const { items: found } = await storage.signIns.list(page);
        output.out(
          options.json ? formatJson(found) : signInTable(found, printWidth(output.columns)),
        );
      });
    });
}

function filter({ managed, refused }: ListOptions): { readonly managed?: boolean } {
  return managed === refused ? {} : { managed: managed === true };
}

function readLimit(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}

function signInTable(signIns: readonly SignIn[], width: number): string {
  if (signIns.length === 0) return 'There has been no sign-in yet.\n';
  return formatTable(
    [
      { title: 'TIME' },
      { title: 'VERDICT' },
      { title: 'DEVICE', wrap: true },
      { title: 'REASON', wrap: true },
    ],
    signIns.map(({ result }) => [
      formatSecond(result.decidedAt),
      result.managed ? 'managed' : 'refused',
      result.path?.[0]?.subject ?? result.device?.hostname ?? '',
      `${result.code}: ${result.message}`,
    ]),
    width,
  );
}
