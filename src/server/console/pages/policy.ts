/** One authentication policy: rules in their order, edited without a script, tried before they are saved. */
import type { Application } from '../../applications/index.ts';
import { defaultPolicyId, type DryRun } from '../../policy/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  textField,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { fieldsOfPolicy, type PolicyForm } from '../policy-form.ts';
import type { Confirmation } from './confirmation.ts';
import { usedBy } from './policies.ts';
import { dryRunOf, dryRunResult } from './policy-dry-run.ts';
import { ruleFields, readOnlyRule } from './policy-rule.ts';

const segment = 'policies';

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
  const title = id === undefined ? 'Add policy' : form.name || 'Policy';
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
  return postForm(
    action,
    viewer.csrfToken,
    // The first button is the one that the enter key presses: never one that takes a rule away.
    html`<button type="submit" name="action" value="save" hidden>Save</button>
      <input type="hidden" name="version" value="${form.version}" />
      <input type="hidden" name="rules" value="${form.rules.length}" />
      <div class="card">
        ${textField({ name: 'name', label: 'Name of the policy', value: form.name, required: true })}
        ${id !== undefined && html`<p class="small">Used by: ${usedBy(id, applications)}.</p>`}
      </div>
      <div class="card">
        <h2 id="rules">Rules</h2>
        ${form.rules.length === 0 && html`<p class="small">No rule: every sign-in is denied.</p>`}
        ${form.rules.map((rule, index) => ruleFields(rule, index, form.rules.length, authorities, action))}
        <div>
          ${submitButton('Add rule', 'plain', {
            name: 'action',
            value: 'add',
            action: `${action}#rule-${form.rules.length + 1}`,
          })}
        </div>
      </div>
      <div class="form-actions">
        ${submitButton('Save', 'primary', { name: 'action', value: 'save' })}
        ${submitButton('Try on recent sign-ins', 'plain', { name: 'action', value: 'try' })}
        ${linkButton(address([segment]), 'Cancel')}
      </div>`,
    'policy stack',
  );
}

/** What is asked before other rules hold for applications that are in use. */
export function savingOfPolicy({
  id,
  form,
  users,
  tried,
}: {
  readonly id: string;
  readonly form: PolicyForm;
  /** Applications that ask this policy. */
  readonly users: readonly Application[];
  /** What the rules would have said of the server’s recent sign-ins. */
  readonly tried: DryRun;
}): Confirmation {
  const own = dryRunOf(tried, ({ application }) =>
    application === undefined
      ? id === defaultPolicyId
      : users.some((user) => user.id === application),
  );
  return {
    title: `Save ${form.name || 'the policy'}?`,
    area: segment,
    content: html`<p>
        These rules hold from the next sign-in on, at: ${usedBy(id, users)}.
        ${form.rules.length === 0 && html`<strong>Without a rule, every sign-in is denied.</strong>`}
      </p>
      ${dryRunResult(own)}`,
    action: address([segment, id]),
    fields: [...fieldsOfPolicy(form), ['confirmed', 'yes']],
    button: 'Save policy',
    confirm: { name: 'action', value: 'save' },
    back: { name: 'action', value: 'edit' },
  };
}
