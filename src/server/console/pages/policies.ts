/** Authentication policies: the list. */
import type { Application } from '../../applications/index.ts';
import { defaultPolicyId, type Policy, type Rule } from '../../policy/index.ts';
import {
  address,
  badge,
  linkButton,
  pageHead,
  table,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';

const segment = 'policies';

/** The list. */
export function policiesPage(
  policies: readonly Policy[],
  applications: readonly Application[],
  viewer: Viewer,
): ConsolePage {
  return {
    title: 'Authentication policies',
    area: segment,
    content: html`${pageHead(
      'Authentication policies',
      'Rules that say who is let in. The first rule that matches decides; where none does, the sign-in is denied.',
      viewer.role === 'admin' && linkButton(address([segment, 'new']), 'Add policy', 'primary'),
    )}
    ${table(
      'Authentication policies',
      [
        {
          title: 'Name',
          heading: true,
          cell: ({ id, name }: Policy) =>
            html`<a href="${address([segment, id])}">${name}</a> ${
                id === defaultPolicyId && badge('neutral', 'Default')
              }`,
        },
        { title: 'Rules', cell: ({ rules }) => ruleSummary(rules) },
        { title: 'Applications', cell: (policy) => usedBy(policy.id, applications) },
      ],
      policies,
    )}`,
  };
}

function ruleSummary(rules: readonly Rule[]): Html {
  return html`<ol class="stack">
    ${rules.map(({ name, effect }) => html`<li>${name} ${effectBadge(effect)}</li>`)}
  </ol>`;
}

/** Who asks a policy, in words. */
export function usedBy(id: string, applications: readonly Application[]): string {
  const names = applications.filter(({ policy }) => policy === id).map(({ name }) => name);
  if (id === defaultPolicyId) return [...names, 'the server’s own pages'].join(', ');
  return names.length === 0 ? 'none' : names.join(', ');
}

/** What a rule does, or what became of a sign-in. */
export function effectBadge(effect: Rule['effect']): Html {
  return effect === 'allow' ? badge('good', 'Allow') : badge('bad', 'Deny');
}

/** Deleting a policy. */
export function deletionOfPolicy({ id, name }: Policy): Confirmation {
  return {
    title: `Delete the policy ${name}?`,
    area: segment,
    content: html`<p>Applications that use it must be given another one first.</p>`,
    action: address([segment, id, 'delete']),
    button: 'Delete policy',
    back: address([segment, id]),
  };
}
