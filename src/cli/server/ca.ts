/** `countersign-server ca`: the certificate authorities whose certificates prove a device as managed. */
import type { Command } from 'commander';
import { withRevocationOptions, type CaSetOptions } from './ca-set.ts';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';

const actions = () => import('./ca-actions.ts');

const switches = [
  ['disable', true, 'keep one authority, and have it count for nothing'],
  ['enable', false, 'have an authority count again'],
] as const;

/** Adds the commands. */
export function addCaCommands(program: Command, context: CommandContext): void {
  const ca = program
    .command('ca')
    .description('the certificate authorities whose certificates count');
  const command = (usage: string, description: string): Command =>
    withDataOptions(ca.command(usage).description(description)).option('--json', 'print JSON');

  command(
    'add <file...>',
    'add authorities from PEM or DER files, each file whole or not at all',
  ).action(async (files: string[], _options: PrintOptions, self: Command) =>
    (await actions()).addAuthorities(context, files, self.optsWithGlobals()),
  );
  command('list', 'list the authorities').action(async (options: PrintOptions) =>
    (await actions()).listAuthorities(context, options),
  );
  command('show <id>', 'show one authority with its certificate').action(
    async (id: string, options: PrintOptions) =>
      (await actions()).showAuthority(context, id, options),
  );
  withRevocationOptions(
    command('set <id>', 'change how certificates below one authority are checked for revocation'),
  ).action(async (id: string, options: PrintOptions & CaSetOptions) =>
    (await actions()).setAuthority(context, id, options),
  );
  for (const [name, disabled, description] of switches) {
    command(`${name} <id>`, description).action(async (id: string, options: PrintOptions) =>
      (await actions()).switchAuthority(context, id, disabled, options),
    );
  }
  command('remove <id>', 'remove one authority').action(async (id: string, options: PrintOptions) =>
    (await actions()).removeAuthority(context, id, options),
  );
}
