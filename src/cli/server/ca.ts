/** `countersign-server ca`: the certificate authorities whose certificates prove a device as managed. */
import type { Command } from 'commander';
import { isCountersignError } from '../../core/index.ts';
import { encodePem } from '../../pki/index.ts';
import { authorityJson, type Administration, type AuthorityInfo } from '../../server/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFields, formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { reportError } from '../program.ts';
import {
  revocationChanges,
  revocationText,
  withRevocationOptions,
  type CaSetOptions,
} from './ca-set.ts';
import { withAdministration } from './administration.ts';
import {
  readNamedFile,
  withDataOptions,
  type CommandContext,
  type DataOptions,
} from './context.ts';

type AuthorityUseCases = Administration['authorities'];

interface CaOptions extends DataOptions {
  readonly json?: true;
}

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
  ).action((files: string[], options: CaOptions, self: Command) =>
    withAuthorities(context, options, (authorities) =>
      addFiles(authorities, files, self.optsWithGlobals(), context.output),
    ),
  );
  command('list', 'list the authorities').action((options: CaOptions) =>
    withAuthorities(context, options, async (authorities) => {
      const all = await authorities.list();
      context.output.out(
        options.json ? formatJson(all.map(authorityJson)) : authorityTable(all, context.output),
      );
    }),
  );
  command('show <id>', 'show one authority with its certificate').action(
    (id: string, options: CaOptions) =>
      withAuthorities(context, options, async (authorities) => {
        const found = await authorities.find(id);
        const pem = encodePem('CERTIFICATE', found.der);
        context.output.out(
          options.json
            ? formatJson({ ...authorityJson(found), pem })
            : authorityFields(found, context.output) + pem,
        );
      }),
  );
  withRevocationOptions(
    command('set <id>', 'change how certificates below one authority are checked for revocation'),
  ).action((id: string, options: CaOptions & CaSetOptions) =>
    withAuthorities(context, options, async (authorities) => {
      const changed = await authorities.setRevocation(id, revocationChanges(options));
      context.output.out(
        options.json
          ? formatJson(authorityJson(changed))
          : `${shortId(changed)}  revocation: ${revocationText(changed.revocation)}\n`,
      );
    }),
  );
  for (const [name, disabled, description] of switches) {
    command(`${name} <id>`, description).action((id: string, options: CaOptions) =>
      withAuthorities(context, options, async (authorities) => {
        const changed = await authorities.setDisabled(id, disabled);
        context.output.out(
          options.json
            ? formatJson(authorityJson(changed))
            : `${name}d ${shortId(changed)}  ${changed.certificate.subject}\n`,
        );
      }),
    );
  }
  command('remove <id>', 'remove one authority').action((id: string, options: CaOptions) =>
    withAuthorities(context, options, async (authorities) => {
      const removed = await authorities.remove(id);
      context.output.out(
        options.json
          ? formatJson(authorityJson(removed))
          : `removed ${shortId(removed)}  ${removed.certificate.subject}\n`,
      );
    }),
  );
}

function withAuthorities(
  context: CommandContext,
  options: CaOptions,
  work: (authorities: AuthorityUseCases) => Promise<void>,
): Promise<void> {
  return withAdministration(context, options, ({ authorities }) => work(authorities));
}

/** A file that is refused does not keep the others out, but the command fails. */
async function addFiles(
  authorities: AuthorityUseCases,
  files: readonly string[],
  options: CaOptions & { readonly debug?: true },
  output: Output,
): Promise<void> {
  const added: AuthorityInfo[] = [];
  let refused = false;
  for (const file of files) {
    try {
      added.push(...(await authorities.add(readNamedFile(file))));
    } catch (error) {
      if (!isCountersignError(error)) throw error;
      refused = true;
      output.err(`${file}: `);
      reportError(error, output, options.debug === true);
    }
  }
  if (options.json) output.out(formatJson(added.map(authorityJson)));
  else for (const authority of added) output.out(addedLine(authority));
  if (refused) throw new ExitWith(exitCodes.failure);
}

function addedLine(authority: AuthorityInfo): string {
  const { certificate, warnings } = authority;
  const notes = warnings.map(({ message }) => `  warning: ${message}\n`);
  return `added ${shortId(authority)}  ${certificate.subject}\n${notes.join('')}`;
}

function shortId({ id }: AuthorityInfo): string {
  return id.slice(0, 16);
}

function authorityTable(authorities: readonly AuthorityInfo[], { columns }: Output): string {
  if (authorities.length === 0) {
    return 'There is no certificate authority yet; add one: countersign-server ca add FILE\n';
  }
  return formatTable(
    [
      { title: 'ID' },
      { title: 'SUBJECT', wrap: true },
      { title: 'KEY' },
      { title: 'VALID UNTIL' },
      { title: 'REVOCATION' },
      { title: 'NOTE', wrap: true },
    ],
    authorities.map((authority) => [
      shortId(authority),
      authority.certificate.subject,
      authority.certificate.publicKey,
      authority.certificate.notAfter.slice(0, 10),
      authority.revocation.mode,
      notesOf(authority).join(' '),
    ]),
    printWidth(columns),
  );
}

function authorityFields(authority: AuthorityInfo, output: Output): string {
  const { id, addedAt, certificate, revocation } = authority;
  return formatFields(
    [
      ['Subject', certificate.subject],
      ['Issuer', certificate.issuer],
      ['Serial number', certificate.serialNumber],
      ['Key', certificate.publicKey],
      ['Valid from', certificate.notBefore],
      ['Valid until', certificate.notAfter],
      ['SHA-256 (ID)', id],
      ['Added', addedAt.toISOString()],
      ['Revocation', revocationText(revocation)],
      ...notesOf(authority).map((note) => ['Note', note] as const),
    ],
    printWidth(output.columns),
  );
}

function notesOf({ disabled, warnings }: AuthorityInfo): readonly string[] {
  const notes = warnings.map(({ message }) => message);
  return disabled ? ['It is disabled: it counts for nothing.', ...notes] : notes;
}
