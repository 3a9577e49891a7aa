/** What rules would have said of recent sign-ins. */
import { counted, formatSecond } from '../../../core/index.ts';
import { type DryRun, type DryRunSignIn, type Rule } from '../../policy/index.ts';
import { address, disclosure, notice, table } from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { effectBadge } from './policies.ts';
import type { SignIn } from '../../storage/index.ts';

/** The part of a dry run that concerns some sign-ins. */
export function dryRunOf({ signIns }: DryRun, concerns: (signIn: SignIn) => boolean): DryRun {
  const own = signIns.filter(({ signIn }) => concerns(signIn));
  const count = (before: Rule['effect'], outcome: Rule['effect']): number =>
    own.filter((one) => one.before === before && one.after.outcome === outcome).length;
  return {
    signIns: own,
    counts: {
      total: own.length,
      stillAllowed: count('allow', 'allow'),
      stillDenied: count('deny', 'deny'),
      newlyAllowed: count('deny', 'allow'),
      newlyDenied: count('allow', 'deny'),
    },
  };
}

/** What would have become of the sign-ins. */
export function dryRunResult({ signIns, counts }: DryRun): Html {
  if (counts.total === 0) {
    return html`<p>No sign-in is recorded that these rules could be tried on.</p>`;
  }
  const changed = signIns.filter((one) => one.changed);
  return html`${notice(
    changed.length === 0 ? 'good' : 'warn',
    html`<p class="notice-title">
        ${
          changed.length === 0
            ? 'Nothing would have changed'
            : `${counted(changed.length, 'sign-in')} would have come out otherwise`
        }
      </p>
      <p>
        Of the last ${counted(counts.total, 'sign-in')}: ${counts.newlyDenied} newly denied,
        ${counts.newlyAllowed} newly allowed, ${counts.stillAllowed} still allowed,
        ${counts.stillDenied} still denied. Nothing is saved yet.
      </p>`,
    'status',
  )}
  ${changed.length > 0 && dryRunTable('Sign-ins that would have come out otherwise', changed.slice(0, 50))}
  ${disclosure('All of them', dryRunTable('Sign-ins the rules were tried on', signIns.slice(0, 200)))}`;
}

function dryRunTable(caption: string, signIns: readonly DryRunSignIn[]): Html {
  return table(
    caption,
    [
      {
        title: 'Time',
        heading: true,
        cell: ({ signIn: { result } }: DryRunSignIn) =>
          html`<a href="${address(['sign-ins', result.transaction])}"
            ><time datetime="${result.decidedAt}">${formatSecond(result.decidedAt)}</time></a
          >`,
      },
      { title: 'Device', cell: ({ signIn }) => signIn.result.device?.hostname },
      { title: 'Person', cell: ({ signIn }) => signIn.user },
      { title: 'Was', cell: ({ before }) => effectBadge(before) },
      { title: 'Would be', cell: ({ after }) => effectBadge(after.outcome) },
      { title: 'Why', cell: ({ after }) => after.rule?.name ?? after.message },
    ],
    signIns,
  );
}
