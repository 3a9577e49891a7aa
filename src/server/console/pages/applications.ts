/** Registered applications and identity providers: the list, and the kinds to choose from. */
import type { Application } from '../../applications/index.ts';
import type { Policy } from '../../policy/index.ts';
import {
  address,
  badge,
  emptyState,
  linkButton,
  pageHead,
  section,
  table,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { applicationKinds } from './labels.ts';

const segment = 'applications';

/** The list. */
export function applicationsPage(
  applications: readonly Application[],
  policies: readonly Policy[],
  viewer: Viewer,
): ConsolePage {
  const add = linkButton(address([segment, 'new']), 'Add application', 'primary');
  const policyNames = new Map(policies.map(({ id, name }) => [id, name]));
  return {
    title: 'Applications',
    area: segment,
    content: html`${pageHead(
      'Applications',
      'Applications and identity providers that ask this server whether a device is managed.',
      viewer.role === 'admin' && add,
    )}
    ${
      applications.length === 0
        ? emptyState(
            'No application yet',
            'Register your identity provider (Okta, Microsoft Entra ID, any OpenID Connect client), or a server of your own.',
            viewer.role === 'admin' ? add : undefined,
          )
        : table(
            'Applications',
            [
              {
                title: 'Name',
                heading: true,
                cell: ({ id, name }: Application) =>
                  html`<a href="${address([segment, id])}">${name}</a>`,
              },
              { title: 'Kind', cell: ({ kind }) => applicationKinds[kind].name },
              {
                title: 'Policy',
                cell: ({ policy }) =>
                  html`<a href="${address(['policies', policy])}"
                    >${policyNames.get(policy) ?? policy}</a
                  >`,
              },
              { title: 'State', cell: stateBadge },
            ],
            applications,
          )
    }`,
  };
}

/** How an application stands. */
export function stateBadge({ disabled }: Application): Html {
  return disabled ? badge('neutral', 'Disabled') : badge('good', 'Active');
}

/** Which kind of application is to be added. */
export function applicationKindPage(): ConsolePage {
  const kinds = Object.entries(applicationKinds);
  return {
    title: 'Add application',
    area: segment,
    content: html`${pageHead('Add application', 'What does it speak?')}
      <div class="columns">
        ${kinds.map(([kind, { name, description }]) =>
          section(
            name,
            html`<p>${description}</p>
              <div>
                ${linkButton(address([segment, 'new'], { kind }), `Add ${name}`, 'plain')}
              </div>`,
          ),
        )}
      </div>`,
  };
}
