/** `countersign-server admin`: who may sign in to the console, also where nobody can any more. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { counted, encodeBase64Url, systemRandom } from '../../core/index.ts';
import type { Administration, AdministratorInfo } from '../../server/index.ts';
import { AdminError } from '../../server/admins/errors.ts';
import { formatJson, formatTable, printWidth } from '../output.ts';
import { withAdministration } from './administration.ts';
import { withDataOptions, type CommandContext, type PrintOptions } from './context.ts';
import { readNamedFile } from './named-file.ts';

interface AdminOptions extends PrintOptions {
  readonly passwordFile?: string;
}

interface AddOptions extends AdminOptions {
  readonly role: AdministratorInfo['role'];
}

/** Random bytes of a password that nobody chose. */
const passwordBytes = 15;

/** Adds the commands. */
export function addAdminCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  const admin = program.command('admin').description('the administrators who may sign in');
  const command = (usage: string, description: string): Command =>
    withDataOptions(admin.command(usage).description(description)).option('--json', 'print JSON');
  const withPassword = (one: Command): Command =>
    one.option('--password-file <file>', 'take the password from a file (default: make one)');

  withPassword(command('add <name>', 'add an administrator'))
    .addOption(
      new Option('--role <role>', 'what they may do')
        .choices(['admin', 'auditor'])
        .default('admin'),
    )
    .action((name: string, options: AddOptions) =>
      withAdministration(context, options, async ({ administrators }) => {
        const password = choosePassword(options);
        const added = await administrators.add({
          name,
          role: options.role,
          password: password.text,
        });
        output.out(madeText('added', added, password, options));
      }),
    );
  command('list', 'list the administrators').action((options: AdminOptions) =>
    withAdministration(context, options, async ({ administrators }) => {
      const all = await administrators.list();
      output.out(options.json ? formatJson(all) : table(all, printWidth(output.columns)));
    }),
  );
  withPassword(
    command('reset <name>', 'give a new password, end lock-out and sessions, enable again'),
  ).action((name: string, options: AdminOptions) =>
    withAdministration(context, options, async ({ administrators }) => {
      const { id, disabled, version } = await findByName(administrators, name);
      if (disabled) await administrators.change(id, version, { disabled: false });
      const password = choosePassword(options);
      const changed = await administrators.resetPassword(id, password.text);
      output.out(madeText('reset', changed, password, options));
    }),
  );
  command('remove <name>', 'remove an administrator').action(
    (name: string, options: AdminOptions) =>
      withAdministration(context, options, async ({ administrators }) => {
        const { id } = await findByName(administrators, name);
        const removed = await administrators.remove(id);
        output.out(options.json ? formatJson(removed) : `removed ${removed.name}\n`);
      }),
  );
}

interface ChosenPassword {
  readonly text: string;
  readonly isMade: boolean;
}

function choosePassword({ passwordFile }: AdminOptions): ChosenPassword {
  if (passwordFile === undefined) {
    return { text: encodeBase64Url(systemRandom.bytes(passwordBytes)), isMade: true };
  }
  const [line = ''] = readNamedFile(passwordFile).toString('utf8').split(/\r?\n/);
  return { text: line, isMade: false };
}

/** A password that was made is printed this once. */
function madeText(
  verb: string,
  administrator: AdministratorInfo,
  { text, isMade }: ChosenPassword,
  { json }: AdminOptions,
): string {
  if (json) return formatJson(isMade ? { ...administrator, password: text } : administrator);
  const password = isMade ? `password: ${text}\n` : '';
  return `${verb} ${administrator.name} (${administrator.role})\n${password}`;
}

async function findByName(
  administrators: Administration['administrators'],
  name: string,
): Promise<AdministratorInfo> {
  const fold = (text: string): string => text.normalize('NFKC').toLowerCase();
  const found = (await administrators.list()).find((one) => fold(one.name) === fold(name));
  if (found !== undefined) return found;
  throw new AdminError('administrator_unknown', {
    message: `There is no administrator ${name}; countersign-server admin list shows those there are.`,
  });
}

function table(administrators: readonly AdministratorInfo[], width: number): string {
  if (administrators.length === 0) {
    return 'There is no administrator yet; open the console, or add one: countersign-server admin add NAME\n';
  }
  return formatTable(
    [
      { title: 'NAME', wrap: true },
      { title: 'ROLE' },
      { title: 'SIGNS IN WITH', wrap: true },
      { title: 'STATE' },
    ],
    administrators.map((one) => [one.name, one.role, methodsOf(one), stateOf(one)]),
    width,
  );
}

function methodsOf({ hasPassword, passkeys, federation }: AdministratorInfo): string {
  const methods = [
    ...(hasPassword ? ['password'] : []),
    ...(passkeys.length > 0 ? [counted(passkeys.length, 'passkey')] : []),
    ...(federation === undefined ? [] : [federation.issuer]),
  ];
  return methods.join(', ');
}

function stateOf({ disabled, lockedUntil }: AdministratorInfo): string {
  if (disabled) return 'disabled';
  return lockedUntil !== undefined && lockedUntil > new Date() ? 'locked' : 'active';
}
