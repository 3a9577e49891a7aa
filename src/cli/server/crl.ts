/** `countersign-server crl`: the certificate revocation lists that a server has. */
import type { Command } from 'commander';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';

const actions = () => import('./crl-actions.ts');

/** Adds the commands. */
export function addCrlCommands(program: Command, context: CommandContext): void {
  const crl = program.command('crl').description('certificate revocation lists');
  const command = (usage: string, description: string): Command =>
    withDataOptions(crl.command(usage).description(description)).option('--json', 'print JSON');

  command('list', 'list the CRLs that are there, and what could not be had').action(
    async (options: PrintOptions) => (await actions()).listCrls(context, options),
  );
  command('add <file...>', 'add CRLs from PEM or DER files').action(
    async (files: string[], _options: PrintOptions, self: Command) =>
      (await actions()).addCrls(context, files, self.optsWithGlobals()),
  );
  command('fetch [address...]', 'fetch CRLs now: those named, or all that are known').action(
    async (addresses: string[], _options: PrintOptions, self: Command) =>
      (await actions()).fetchCrls(context, addresses, self.optsWithGlobals()),
  );
  command('remove <source>', 'remove a CRL; one that certificates name is fetched again').action(
    async (source: string, options: PrintOptions) =>
      (await actions()).removeCrl(context, source, options),
  );
}
