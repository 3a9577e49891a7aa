/** The people who administer the server: the list. */
import { counted } from '../../../core/index.ts';
import type { AdministratorInfo } from '../../admins/index.ts';
import {
  address,
  badge,
  distanceElement,
  linkButton,
  pageHead,
  table,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { roleName } from './roles.ts';

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
        { title: 'Role', short: true, cell: ({ role }) => roleName(role) },
        { title: 'Signs in with', cell: means },
        { title: 'Added', cell: ({ createdAt }) => distanceElement(createdAt, now) },
        { title: 'State', cell: (administrator) => stateBadge(administrator, now) },
      ],
      administrators,
    )}`,
  };
}

/** What somebody signs in with, in words. */
export function means({ hasPassword, passkeys, federation }: AdministratorInfo): string {
  const all = [
    ...(hasPassword ? ['password'] : []),
    ...(passkeys.length > 0 ? [counted(passkeys.length, 'passkey')] : []),
    ...(federation === undefined ? [] : ['OpenID provider']),
  ];
  return all.length === 0 ? 'nothing yet' : all.join(', ');
}

/** How an administrator stands. */
export function stateBadge({ disabled, lockedUntil }: AdministratorInfo, now: Date): Html {
  if (disabled) return badge('neutral', 'Disabled');
  return lockedUntil !== undefined && lockedUntil > now
    ? badge('warn', 'Locked for a while')
    : badge('good', 'Active');
}
