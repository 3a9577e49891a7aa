/** People and programs that administer the server. */
import type { ApiTokenInfo } from '../../administration/index.ts';
import type { AdministratorInfo } from '../../admins/index.ts';
import {
  address,
  badge,
  distanceElement,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textField,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { secretNotice } from './applications.ts';
import type { Confirmation } from './confirmation.ts';
import { count } from './labels.ts';

const roles = [
  { value: 'auditor', label: 'Auditor: looks at everything, changes nothing' },
  { value: 'admin', label: 'Administrator: changes everything' },
] as const;

function roleName(role: AdministratorInfo['role']): string {
  return role === 'admin' ? 'Administrator' : 'Auditor';
}

/** The list of people. */
export function administratorsPage(
  administrators: readonly AdministratorInfo[],
  viewer: Viewer,
  now: Date,
): ConsolePage {
  return {
    title: 'Administrators',
    area: 'administrators',
    content: html`${pageHead(
      'Administrators',
      'Who may sign in to this console, and what they may do.',
      viewer.role === 'admin' &&
        linkButton(address(['administrators', 'new']), 'Add administrator', 'primary'),
    )}
    ${table(
      'Administrators',
      [
        {
          title: 'Name',
          heading: true,
          cell: ({ id, name }: AdministratorInfo) =>
            html`<a href="${address(['administrators', id])}">${name}</a>`,
        },
        { title: 'Role', cell: ({ role }) => roleName(role) },
        { title: 'Signs in with', cell: means },
        { title: 'Added', cell: ({ createdAt }) => distanceElement(createdAt, now) },
        { title: 'State', cell: (administrator) => stateBadge(administrator, now) },
      ],
      administrators,
    )}`,
  };
}

function means({ hasPassword, passkeys, federation }: AdministratorInfo): string {
  const all = [
    ...(hasPassword ? ['password'] : []),
    ...(passkeys.length > 0 ? [count(passkeys.length, 'passkey')] : []),
    ...(federation === undefined ? [] : ['OpenID provider']),
  ];
  return all.length === 0 ? 'nothing yet' : all.join(', ');
}

function stateBadge({ disabled, lockedUntil }: AdministratorInfo, now: Date): Html {
  if (disabled) return badge('neutral', 'Disabled');
  return lockedUntil !== undefined && lockedUntil > now
    ? badge('warn', 'Locked for a while')
    : badge('good', 'Active');
}

/** What the form of a new administrator holds. */
export interface AdministratorForm {
  readonly name: string;
  readonly role: string;
  readonly subject: string;
  readonly fault?: string | undefined;
}

/** A new administrator. */
export function newAdministratorPage(form: AdministratorForm, viewer: Viewer): ConsolePage {
  return {
    title: 'Add administrator',
    area: 'administrators',
    content: html`${pageHead(
        'Add administrator',
        'Give the person their password by another way than the name; they can change it and add a passkey under their own account.',
      )}
      <div class="card">
        ${form.fault !== undefined && notice('bad', html`<p>${form.fault}</p>`, 'alert')}
        ${postForm(
          address(['administrators', 'new']),
          viewer.csrfToken,
          html`${textField({ name: 'name', label: 'Name', value: form.name, required: true })}
            ${selectField({ name: 'role', label: 'Role', value: form.role, choices: roles })}
            ${textField({
              name: 'password',
              label: 'Password',
              type: 'password',
              autocomplete: 'new-password',
              maxLength: 256,
              hint: 'At least 12 characters. Leave empty for one who signs in at your OpenID provider.',
            })}
            ${textField({
              name: 'subject',
              label: 'Subject (sub) at your OpenID provider',
              value: form.subject,
              maxLength: 255,
              hint: 'Only for one who signs in there.',
            })}
            <div class="form-actions">
              ${submitButton('Add')} ${linkButton(address(['administrators']), 'Cancel')}
            </div>`,
          'stacked',
        )}
      </div>`,
  };
}

/** One administrator. */
export function administratorPage(
  administrator: AdministratorInfo,
  fault: string | undefined,
  viewer: Viewer,
  now: Date,
): ConsolePage {
  const { id, name, role, createdAt, lockedUntil, federation } = administrator;
  return {
    title: name,
    area: 'administrators',
    content: html`${pageHead(
      name,
      stateBadge(administrator, now),
      viewer.role === 'admin' &&
        linkButton(address(['administrators', id, 'delete']), 'Delete', 'danger'),
    )}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${section(
      'Account',
      facts([
        ['Role', roleName(role)],
        ['Signs in with', means(administrator)],
        ['Subject', federation?.subject],
        ['Added', timeElement(createdAt)],
        ['Locked until', lockedUntil && lockedUntil > now && timeElement(lockedUntil)],
      ]),
    )}
    ${viewer.role === 'admin' && administratorForms(administrator, viewer)}`,
  };
}

function administratorForms(administrator: AdministratorInfo, { csrfToken }: Viewer): Html {
  const { id, role, disabled, version } = administrator;
  return html`<div class="columns">
    ${section(
      'Role and state',
      postForm(
        address(['administrators', id]),
        csrfToken,
        html`<input type="hidden" name="version" value="${version}" />
          ${selectField({ name: 'role', label: 'Role', value: role, choices: roles })}
          ${selectField({
            name: 'disabled',
            label: 'State',
            value: disabled ? 'yes' : 'no',
            choices: [
              { value: 'no', label: 'Active' },
              { value: 'yes', label: 'Disabled: cannot sign in' },
            ],
          })}
          <div class="form-actions">${submitButton('Save')}</div>`,
        'stacked',
      ),
    )}
    ${section(
      'New password',
      postForm(
        address(['administrators', id, 'password']),
        csrfToken,
        html`${textField({
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'new-password',
            maxLength: 256,
            hint: 'At least 12 characters. Ends a lock-out and every session of the person.',
            required: true,
          })}
          <div class="form-actions">${submitButton('Set password')}</div>`,
        'stacked',
      ),
    )}
  </div>`;
}

/** Deleting an administrator. */
export function deletionOfAdministrator({ id, name }: AdministratorInfo): Confirmation {
  return {
    title: `Delete ${name}?`,
    area: 'administrators',
    content: html`<p>Their sessions end at once. What they did stays in the audit log.</p>`,
    action: address(['administrators', id, 'delete']),
    button: 'Delete administrator',
    back: address(['administrators', id]),
  };
}

/** What the page of API tokens shows. */
export interface ApiTokensPageInput {
  readonly tokens: readonly ApiTokenInfo[];
  readonly form: { readonly name: string; readonly role: string; readonly days: string };
  readonly fault?: string | undefined;
  /** A token that was made just now. */
  readonly secret?: string | undefined;
}

/** The tokens of programs. */
export function apiTokensPage(input: ApiTokensPageInput, viewer: Viewer, now: Date): ConsolePage {
  const { tokens, fault, secret } = input;
  return {
    title: 'API tokens',
    area: 'api-tokens',
    content: html`${pageHead(
      'API tokens',
      html`Programs use the <a href="/admin/api/openapi.json">admin API</a> with these: whatever
        this console does, they can do.`,
    )}
    ${secret !== undefined && secretNotice(secret, 'API token')}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${
      tokens.length === 0
        ? emptyState(
            'No API token yet',
            'Make one for each program, with an end and the role it needs.',
          )
        : tokenTable(tokens, viewer, now)
    }
    ${viewer.role === 'admin' && section('New API token', newTokenForm(input, viewer))}`,
  };
}

function tokenTable(tokens: readonly ApiTokenInfo[], viewer: Viewer, now: Date): Html {
  return table(
    'API tokens',
    [
      { title: 'Name', heading: true, cell: ({ name }: ApiTokenInfo) => name },
      { title: 'Role', cell: ({ role }) => roleName(role) },
      { title: 'Made by', cell: ({ createdBy }) => createdBy },
      { title: 'Made', cell: ({ createdAt }) => distanceElement(createdAt, now) },
      {
        title: 'Ends',
        cell: ({ expiresAt }) =>
          expiresAt === undefined ? 'never' : distanceElement(expiresAt, now),
      },
      {
        title: 'Last used',
        cell: ({ lastUsedAt }) =>
          lastUsedAt === undefined ? 'never' : distanceElement(lastUsedAt, now),
      },
      {
        title: 'Actions',
        hiddenTitle: true,
        cell: ({ id, name }) =>
          viewer.role === 'admin' &&
          postForm(
            address(['api-tokens', id, 'delete']),
            viewer.csrfToken,
            submitButton('Revoke', 'quiet', {
              name: 'confirmed',
              value: 'yes',
              label: `Revoke ${name}`,
            }),
          ),
      },
    ],
    tokens,
  );
}

function newTokenForm({ form }: ApiTokensPageInput, { csrfToken }: Viewer): Html {
  return postForm(
    address(['api-tokens']),
    csrfToken,
    html`${textField({ name: 'name', label: 'Name', value: form.name, required: true })}
      ${selectField({ name: 'role', label: 'Role', value: form.role, choices: roles })}
      ${selectField({
        name: 'days',
        label: 'Ends',
        value: form.days,
        choices: [
          { value: '30', label: 'in 30 days' },
          { value: '90', label: 'in 90 days' },
          { value: '365', label: 'in a year' },
          { value: '', label: 'never' },
        ],
      })}
      <div class="form-actions">${submitButton('Make token')}</div>`,
    'stacked',
  );
}
