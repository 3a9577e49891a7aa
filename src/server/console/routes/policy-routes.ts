import { defaultPolicyId, type DryRun } from '../../policy/index.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import { deletionOfPolicy, policiesPage } from '../pages/policies.ts';
import { policyPage, savingOfPolicy } from '../pages/policy.ts';
import {
  newRule,
  readPolicyForm,
  toPolicyForm,
  toPolicyInput,
  type PolicyForm,
  type RuleForm,
} from '../policy-form.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'policies';

/** Sign-ins that a policy is tried on. */
const dryRunLimit = 500;

/** Adds the authentication policies. */
export function registerPolicies({ page, adminPage, action }: ConsoleScope): void {
  page(`/${segment}`, async ({ administration, viewer }) => {
    const [policies, applications] = await Promise.all([
      administration.policies.list(),
      administration.applications.list(),
    ]);
    return show(policiesPage(policies, applications, viewer));
  });
  adminPage(`/${segment}/new`, (request) =>
    showPolicy(request, undefined, { name: '', version: 0, rules: [newRule] }),
  );
  action(`/${segment}/new`, (request) => edit(request, undefined));
  page(`/${segment}/:id`, async (request) => {
    const policy = await request.administration.policies.find(request.param('id'));
    return showPolicy(request, policy.id, toPolicyForm(policy));
  });
  action(`/${segment}/:id`, (request) => edit(request, request.param('id')));
  adminPage(`/${segment}/:id/delete`, async ({ administration, param, viewer }) => {
    const policy = await administration.policies.find(param('id'));
    return show(confirmationPage(deletionOfPolicy(policy), viewer));
  });
  action(`/${segment}/:id/delete`, async ({ administration, param }) => {
    const { name } = await administration.policies.remove(param('id'));
    return goTo([segment], `The policy ${name} is deleted.`);
  });
}

/** What one of the form's buttons asks for; only one of them saves. */
async function edit(request: ConsoleRequest, id: string | undefined) {
  const form = readPolicyForm(request.form);
  const [action, index = ''] = request.form.text('action').split(':');
  const at = Number(index);
  switch (action) {
    case 'save':
      return save(request, id, form);
    case 'try':
      return tryOut(request, id, form);
    case 'add':
      return showPolicy(request, id, { ...form, rules: [...form.rules, { ...newRule, name: '' }] });
    case 'remove':
      return showPolicy(request, id, { ...form, rules: form.rules.toSpliced(at, 1) });
    case 'up':
      return showPolicy(request, id, { ...form, rules: swap(form.rules, at - 1) });
    case 'down':
      return showPolicy(request, id, { ...form, rules: swap(form.rules, at) });
    default:
      return showPolicy(request, id, form);
  }
}

/** Changes the places of a rule and the one after it. */
function swap(rules: readonly RuleForm[], index: number): readonly RuleForm[] {
  const [first, second] = rules.slice(Math.max(0, index));
  if (first === undefined || second === undefined || index < 0) return rules;
  return rules.toSpliced(index, 2, second, first);
}

async function save(request: ConsoleRequest, id: string | undefined, form: PolicyForm) {
  const { policies } = request.administration;
  const input = toPolicyInput(form);
  const isConfirmed = request.form.text('confirmed') === 'yes';
  const question = id === undefined || isConfirmed ? undefined : await ask(request, id, form);
  if (question !== undefined) return question;
  const { value, fault } = await attempt(() =>
    id === undefined ? policies.add(input) : policies.replace(id, form.version, input),
  );
  if (value === undefined) return showPolicy(request, id, form, { fault });
  return goTo([segment], `The policy ${value.name} is saved; it holds for the next sign-in.`);
}

/** Other rules for applications that are in use hold at once: whoever saves them sees for whom first. */
async function ask(request: ConsoleRequest, id: string, form: PolicyForm) {
  const { administration, viewer } = request;
  const input = toPolicyInput(form);
  const present = toPolicyInput(toPolicyForm(await administration.policies.find(id)));
  if (JSON.stringify(input.rules) === JSON.stringify(present.rules)) return undefined;
  const applications = await administration.applications.list();
  const users = applications.filter(({ policy }) => policy === id);
  if (users.length === 0 && id !== defaultPolicyId) return undefined;
  const { value: tried, fault } = await attempt(() =>
    administration.policies.dryRun(input, undefined, dryRunLimit),
  );
  if (tried === undefined) return showPolicy(request, id, form, { fault });
  return show(confirmationPage(savingOfPolicy({ id, form, users, tried }), viewer));
}

async function tryOut(request: ConsoleRequest, id: string | undefined, form: PolicyForm) {
  const { policies } = request.administration;
  // A name is needed to save the policy, not to try it.
  const input = { ...toPolicyInput(form), name: form.name || 'New policy' };
  const { value, fault } = await attempt(() => policies.dryRun(input, undefined, dryRunLimit));
  return showPolicy(request, id, form, { fault, tried: value });
}

async function showPolicy(
  { administration, viewer }: ConsoleRequest,
  id: string | undefined,
  form: PolicyForm,
  more: { readonly fault?: string | undefined; readonly tried?: DryRun | undefined } = {},
) {
  const [authorities, applications] = await Promise.all([
    administration.authorities.list(),
    administration.applications.list(),
  ]);
  return show(policyPage({ id, form, authorities, applications, ...more }, viewer), more.fault);
}
