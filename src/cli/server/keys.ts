/** `countersign-server keys`: the keys that challenges and ID tokens are signed with. */
import { Option, type Command } from 'commander';
import { formatTime } from '../../core/index.ts';
import type { Administration, SigningKeyInfo } from '../../server/index.ts';
import { formatJson, formatTable, printWidth } from '../output.ts';
import { withAdministration } from './administration.ts';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';

interface KeysOptions extends PrintOptions {
  readonly purpose: 'challenges' | 'openid';
}

/** Adds the commands. */
export function addKeysCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  const keys = program
    .command('keys')
    .description('the keys that challenges and ID tokens are signed with');

  const command = (usage: string, description: string): Command =>
    withDataOptions(keys.command(usage).description(description)).addOption(
      new Option(
        '--purpose <what>',
        'what they sign: challenges, or the OpenID provider’s ID tokens',
      )
        .choices(['challenges', 'openid'])
        .default('challenges'),
    );

  command('list', 'list the keys and what they are used for')
    .option('--json', 'print JSON')
    .action((options: KeysOptions) =>
      withKeys(context, options, async (signingKeys) => {
        const all = await signingKeys.list(options.purpose);
        output.out(
          options.json ? formatJson(all.map(keyJson)) : keyTable(all, printWidth(output.columns)),
        );
      }),
    );
  command('rotate', 'make a new key: published at once, signing in 10 minutes')
    .option(
      '--immediately',
      'a key has leaked: sign with the new one at once and delete all others',
    )
    .option('--json', 'print JSON')
    .action((options: KeysOptions & { readonly immediately?: true }) =>
      withKeys(context, options, async (signingKeys) => {
        const key = await signingKeys.rotate(options.immediately === true, options.purpose);
        const when = options.immediately ? 'now' : `from ${formatTime(key.signsFrom)}`;
        output.out(options.json ? formatJson(keyJson(key)) : `key ${key.id} signs ${when}\n`);
      }),
    );
}

function withKeys(
  context: CommandContext,
  options: KeysOptions,
  work: (keys: Administration['signingKeys']) => Promise<void>,
): Promise<void> {
  return withAdministration(context, options, ({ signingKeys }) => work(signingKeys));
}

function keyJson({ id, state, createdAt, signsFrom }: SigningKeyInfo) {
  return { id, state, createdAt: createdAt.toISOString(), signsFrom: signsFrom.toISOString() };
}

function keyTable(keys: readonly SigningKeyInfo[], width: number): string {
  return formatTable(
    [{ title: 'KEY' }, { title: 'STATE' }, { title: 'SIGNS FROM' }],
    keys.map(({ id, state, signsFrom }) => [id, state, formatTime(signsFrom)]),
    width,
  );
}
