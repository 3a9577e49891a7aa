/** What the commands of `countersign-server ca` do. */
import { formatDay, formatTime } from '../../core/index.ts';
import { encodePem } from '../../pki/index.ts';
import type { Administration, AuthorityInfo } from '../../server/index.ts';
import { authorityJson } from '../../server/trust/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFields, formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { revocationChanges, revocationText, type CaSetOptions } from './ca-set.ts';
import { withAdministration } from './administration.ts';
import type { CommandContext, PrintOptions } from './context.ts';
import { forEachItem } from './each-item.ts';
import { readNamedFile } from './named-file.ts';

type AuthorityUseCases = Administration['authorities'];

/** Adds authorities from files. A file that is refused does not keep the others out, but the command fails. */
export function addAuthorities(
  context: CommandContext,
  files: readonly string[],
  options: PrintOptions & { readonly debug?: true },
): Promise<void> {
  return withAuthorities(context, options, (authorities) =>
    addFiles(authorities, files, options, context.output),
  );
}

/** Lists the authorities. */
export function listAuthorities(context: CommandContext, options: PrintOptions): Promise<void> {
  return withAuthorities(context, options, async (authorities) => {
    const all = await authorities.list();
    context.output.out(
      options.json ? formatJson(all.map(authorityJson)) : authorityTable(all, context.output),
    );
  });
}

/** Shows one authority with its certificate. */
export function showAuthority(
  context: CommandContext,
  id: string,
  options: PrintOptions,
): Promise<void> {
  return withAuthorities(context, options, async (authorities) => {
    const found = await authorities.find(id);
    const pem = encodePem('CERTIFICATE', found.der);
    context.output.out(
      options.json
        ? formatJson({ ...authorityJson(found), pem })
        : authorityFields(found, context.output) + pem,
    );
  });
}

/** Changes how certificates below one authority are checked for revocation. */
export function setAuthority(
  context: CommandContext,
  id: string,
  options: PrintOptions & CaSetOptions,
): Promise<void> {
  return withAuthorities(context, options, async (authorities) => {
    const changed = await authorities.setRevocation(id, revocationChanges(options));
    const line = `${shortId(changed)}  revocation: ${revocationText(changed.revocation)}\n`;
    context.output.out(options.json ? formatJson(authorityJson(changed)) : line);
  });
}

/** Has one authority count for nothing, or count again. */
export function switchAuthority(
  context: CommandContext,
  id: string,
  disabled: boolean,
  options: PrintOptions,
): Promise<void> {
  return withAuthorities(context, options, async (authorities) => {
    const changed = await authorities.setDisabled(id, disabled);
    const line = `${disabled ? 'disabled' : 'enabled'} ${nameOf(changed)}\n`;
    context.output.out(options.json ? formatJson(authorityJson(changed)) : line);
  });
}

/** Removes one authority. */
export function removeAuthority(
  context: CommandContext,
  id: string,
  options: PrintOptions,
): Promise<void> {
  return withAuthorities(context, options, async (authorities) => {
    const removed = await authorities.remove(id);
    const line = `removed ${nameOf(removed)}\n`;
    context.output.out(options.json ? formatJson(authorityJson(removed)) : line);
  });
}

function withAuthorities(
  context: CommandContext,
  options: PrintOptions,
  work: (authorities: AuthorityUseCases) => Promise<void>,
): Promise<void> {
  return withAdministration(context, options, ({ authorities }) => work(authorities));
}

async function addFiles(
  authorities: AuthorityUseCases,
  files: readonly string[],
  options: PrintOptions & { readonly debug?: true },
  output: Output,
): Promise<void> {
  const { done, failed } = await forEachItem(
    files,
    { output, debug: options.debug === true },
    (file) => authorities.add(readNamedFile(file)),
  );
  if (options.json) output.out(formatJson(done.map(authorityJson)));
  else for (const authority of done) output.out(addedLine(authority));
  if (failed) throw new ExitWith(exitCodes.failure);
}

function addedLine(authority: AuthorityInfo): string {
  const notes = authority.warnings.map(({ message }) => `  warning: ${message}\n`);
  return `added ${nameOf(authority)}\n${notes.join('')}`;
}

function nameOf(authority: AuthorityInfo): string {
  return `${shortId(authority)}  ${authority.certificate.subject}`;
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
      formatDay(authority.certificate.notAfter),
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
      ['Valid from', formatTime(certificate.notBefore)],
      ['Valid until', formatTime(certificate.notAfter)],
      ['SHA-256 (ID)', id],
      ['Added', formatTime(addedAt)],
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
