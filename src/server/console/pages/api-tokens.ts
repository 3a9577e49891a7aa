/** Tokens of the programs that administer the server. */
import type { ApiTokenInfo } from '../../administration/index.ts';
import {
  address,
  distanceElement,
  emptyState,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textField,
  unlessOld,
  type ConsolePage,
  type Viewer,
  linkButton,
  facts,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { secretNotice } from './secret-notice.ts';
import type { Confirmation } from './confirmation.ts';
import { roleName, roles } from './roles.ts';

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
    ${
      viewer.role === 'admin' &&
      section(
        'New API token',
        unlessOld(viewer, 'make a token', ['api-tokens'], () => newTokenForm(input, viewer)),
      )
    }`,
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
          linkButton(address(['api-tokens', id, 'delete']), 'Revoke', 'quiet', `Revoke ${name}`),
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

/** What is asked before a token is revoked. */
export function revocationOfApiToken(
  { id, name, createdBy, lastUsedAt }: ApiTokenInfo,
  now: Date,
): Confirmation {
  return {
    title: `Revoke ${name}?`,
    area: 'api-tokens',
    content: html`<p>
        Whatever uses this token is refused at once. It cannot be brought back: a new one has
        another value.
      </p>
      ${facts([
        ['Made by', createdBy],
        ['Last used', lastUsedAt === undefined ? 'never' : distanceElement(lastUsedAt, now)],
      ])}`,
    action: address(['api-tokens', id, 'delete']),
    button: 'Revoke token',
    back: address(['api-tokens']),
  };
}
