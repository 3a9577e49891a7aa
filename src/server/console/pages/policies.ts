/** Authentication policies: rules in their order, edited without a script, tried before they are saved. */
import { devicePlatforms, keyProtections } from '../../../protocol/index.ts';
import type { Application } from '../../applications/index.ts';
import {
  defaultPolicyId,
  type DryRun,
  type DryRunSignIn,
  type Policy,
  type Rule,
} from '../../policy/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  badge,
  choiceGroup,
  disclosure,
  formatSecond,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textField,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';
import { count, platformName, protectionName, shortName } from './labels.ts';

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
        { title: 'Applications', cell: (policy) => usedBy(policy, applications) },
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

function usedBy({ id }: Policy, applications: readonly Application[]): HtmlValue {
  const names = applications.filter(({ policy }) => policy === id).map(({ name }) => name);
  if (id === defaultPolicyId) return [...names, 'the server’s own pages'].join(', ');
  return names.length === 0 ? 'none' : names.join(', ');
}

function effectBadge(effect: Rule['effect']): Html {
  return effect === 'allow' ? badge('good', 'Allow') : badge('bad', 'Deny');
}

/** One rule as the form holds it: every field is there, empty where it makes no condition. */
export interface RuleForm {
  readonly name: string;
  readonly device: string;
  readonly platforms: readonly string[];
  readonly keyProtection: readonly string[];
  readonly authorities: readonly string[];
  readonly agentAtLeast: string;
  readonly agentBelow: string;
  readonly effect: string;
  readonly message: string;
}

/** A policy as the form holds it. */
export interface PolicyForm {
  readonly name: string;
  readonly version: number;
  readonly rules: readonly RuleForm[];
}

/** What the page of a policy shows. */
export interface PolicyPageInput {
  /** Undefined for a policy that is not there yet. */
  readonly id: string | undefined;
  readonly form: PolicyForm;
  readonly authorities: readonly AuthorityInfo[];
  readonly applications: readonly Application[];
  readonly fault?: string | undefined;
  /** What the rules in the form would have said. */
  readonly tried?: DryRun | undefined;
}

/** One policy, to be edited. */
export function policyPage(input: PolicyPageInput, viewer: Viewer): ConsolePage {
  const { id, form, fault, tried } = input;
  const title = id === undefined ? 'Add policy' : form.name;
  const canDelete = viewer.role === 'admin' && id !== undefined && id !== defaultPolicyId;
  return {
    title,
    area: segment,
    content: html`${pageHead(
      title,
      'The first rule that matches decides. Where none matches, the sign-in is denied.',
      canDelete && linkButton(address([segment, id, 'delete']), 'Delete', 'danger'),
    )}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${tried !== undefined && section('Tried on recent sign-ins', dryRunResult(tried))}
    ${
      viewer.role === 'admin'
        ? editor(input, viewer)
        : html`${form.rules.map((rule, index) => readOnlyRule(rule, index, input.authorities))}`
    }`,
  };
}

function editor({ id, form, authorities, applications }: PolicyPageInput, viewer: Viewer): Html {
  const action = id === undefined ? address([segment, 'new']) : address([segment, id]);
  const mine = applications.filter(({ policy }) => policy === id);
  return postForm(
    action,
    viewer.csrfToken,
    html`<input type="hidden" name="version" value="${form.version}" />
      <input type="hidden" name="rules" value="${form.rules.length}" />
      <div class="card">
        ${textField({ name: 'name', label: 'Name of the policy', value: form.name, required: true })}
        ${
          mine.length > 0 &&
          html`<p class="small">Used by ${mine.map(({ name }) => name).join(', ')}.</p>`
        }
      </div>
      <div class="card">
        <h2>Rules</h2>
        ${form.rules.length === 0 && html`<p class="small">No rule: every sign-in is denied.</p>`}
        ${form.rules.map((rule, index) => ruleFields(rule, index, form.rules.length, authorities))}
        <div>${submitButton('Add rule', 'plain', { name: 'action', value: 'add' })}</div>
      </div>
      <div class="form-actions">
        ${submitButton('Save', 'primary', { name: 'action', value: 'save' })}
        ${submitButton('Try on recent sign-ins', 'plain', { name: 'action', value: 'try' })}
        ${linkButton(address([segment]), 'Cancel')}
      </div>`,
    'policy stack',
  );
}

function ruleFields(
  rule: RuleForm,
  index: number,
  length: number,
  authorities: readonly AuthorityInfo[],
): Html {
  const name = (field: string): string => `rule-${index}-${field}`;
  return html`<fieldset class="rule">
    <legend>Rule ${index + 1}</legend>
    <div class="rule-grid">
      ${textField({ name: name('name'), label: 'Name', value: rule.name })}
      ${selectField({
        name: name('device'),
        label: 'Device',
        value: rule.device,
        choices: [
          { value: 'managed', label: 'Managed' },
          { value: 'unmanaged', label: 'Not managed' },
          { value: 'any', label: 'Any' },
        ],
      })}
      ${selectField({
        name: name('effect'),
        label: 'Then',
        value: rule.effect,
        choices: [
          { value: 'allow', label: 'Allow' },
          { value: 'deny', label: 'Deny' },
        ],
      })}
    </div>
    <div class="rule-grid">
      ${choiceGroup({
        name: name('platforms'),
        label: 'Platform (none chosen: any)',
        type: 'checkbox',
        values: rule.platforms,
        choices: devicePlatforms.map((value) => ({ value, label: platformName(value) })),
      })}
      ${choiceGroup({
        name: name('keyProtection'),
        label: 'Key protection, as the agent says (none chosen: any)',
        type: 'checkbox',
        values: rule.keyProtection,
        choices: keyProtections.map((value) => ({ value, label: protectionName(value) })),
      })}
      ${
        authorities.length > 0 &&
        choiceGroup({
          name: name('authorities'),
          label: 'Certificate authority (none chosen: any)',
          type: 'checkbox',
          values: rule.authorities,
          choices: authorityChoices(rule, authorities),
        })
      }
    </div>
    <div class="rule-grid">
      ${textField({
        name: name('agentAtLeast'),
        label: 'Agent version at least',
        value: rule.agentAtLeast,
        hint: 'Such as 1.4.0',
      })}
      ${textField({ name: name('agentBelow'), label: 'Agent version below', value: rule.agentBelow })}
      ${textField({
        name: name('message'),
        label: 'What a denied person reads',
        value: rule.message,
        maxLength: 300,
      })}
    </div>
    <div class="form-actions">
      ${
        index > 0 &&
        submitButton('Move up', 'quiet', {
          name: 'action',
          value: `up:${index}`,
          label: `Move rule ${index + 1} up`,
        })
      }
      ${
        index < length - 1 &&
        submitButton('Move down', 'quiet', {
          name: 'action',
          value: `down:${index}`,
          label: `Move rule ${index + 1} down`,
        })
      }
      ${submitButton('Remove', 'quiet', {
        name: 'action',
        value: `remove:${index}`,
        label: `Remove rule ${index + 1}`,
      })}
    </div>
  </fieldset>`;
}

/** An authority that was deleted since stays in the rule until it is taken out. */
function authorityChoices(rule: RuleForm, authorities: readonly AuthorityInfo[]) {
  const known = authorities.map(({ id, certificate }) => ({
    value: id,
    label: shortName(certificate.subject),
  }));
  const lost = rule.authorities.filter((id) => !known.some(({ value }) => value === id));
  return [...known, ...lost.map((id) => ({ value: id, label: `${id.slice(0, 16)}… (deleted)` }))];
}

function readOnlyRule(rule: RuleForm, index: number, authorities: readonly AuthorityInfo[]): Html {
  const names = authorityChoices(rule, authorities)
    .filter(({ value }) => rule.authorities.includes(value))
    .map(({ label }) => label);
  const conditions: readonly (readonly [string, string])[] = [
    ['Device', rule.device],
    ['Platform', rule.platforms.map(platformName).join(', ')],
    ['Key protection', rule.keyProtection.map(protectionName).join(', ')],
    ['Certificate authority', names.join(', ')],
    ['Agent version at least', rule.agentAtLeast],
    ['Agent version below', rule.agentBelow],
    ['Then', rule.effect],
  ];
  const made = conditions.filter(([, value]) => value !== '');
  return section(
    `Rule ${index + 1}: ${rule.name}`,
    html`<dl class="facts">
      ${made.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`,
  );
}

function dryRunResult({ signIns, counts }: DryRun): Html {
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
            : `${count(changed.length, 'sign-in')} would have come out otherwise`
        }
      </p>
      <p>
        Of the last ${count(counts.total, 'sign-in')}: ${counts.newlyDenied} newly denied,
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
