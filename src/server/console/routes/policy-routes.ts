import type { JsonObject } from '../../../core/index.ts';
import type { DryRun, Policy, PolicyInput, Rule } from '../../policy/index.ts';
import type { Fields } from '../form.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import {
  deletionOfPolicy,
  policiesPage,
  policyPage,
  type PolicyForm,
  type RuleForm,
} from '../pages/policies.ts';
import { attempt, goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const segment = 'policies';

/** Sign-ins that a policy is tried on. */
const dryRunLimit = 500;

/** Most rules that a form is read for; a policy has fewer. */
const maxRules = 100;

/** Adds the authentication policies. */
export function registerPolicies({ page, action }: ConsoleScope): void {
  page(`/${segment}`, async ({ administration, viewer }) => {
    const [policies, applications] = await Promise.all([
      administration.policies.list(),
      administration.applications.list(),
    ]);
    return show(policiesPage(policies, applications, viewer));
  });
  page(`/${segment}/new`, (request) =>
    showPolicy(request, undefined, { name: '', version: 0, rules: [newRule] }),
  );
  action(`/${segment}/new`, (request) => edit(request, undefined));
  page(`/${segment}/:id`, async (request) => {
    const policy = await request.administration.policies.find(request.param('id'));
    return showPolicy(request, policy.id, toForm(policy));
  });
  action(`/${segment}/:id`, (request) => edit(request, request.param('id')));
  page(`/${segment}/:id/delete`, async ({ administration, param, viewer }) => {
    const policy = await administration.policies.find(param('id'));
    return show(confirmationPage(deletionOfPolicy(policy), viewer));
  });
  action(`/${segment}/:id/delete`, async ({ administration, param }) => {
    const { name } = await administration.policies.remove(param('id'));
    return goTo([segment], `The policy ${name} is deleted.`);
  });
}

const newRule: RuleForm = {
  name: 'Managed devices',
  device: 'managed',
  platforms: [],
  keyProtection: [],
  authorities: [],
  agentAtLeast: '',
  agentBelow: '',
  effect: 'allow',
  message: '',
};

/** What one of the form's buttons asks for; only one of them saves. */
async function edit(request: ConsoleRequest, id: string | undefined) {
  const form = readForm(request.form);
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
  const input = toInput(form);
  const { value, fault } = await attempt(() =>
    id === undefined ? policies.add(input) : policies.replace(id, form.version, input),
  );
  if (value === undefined) return showPolicy(request, id, form, { fault });
  return goTo([segment], `The policy ${value.name} is saved; it holds for the next sign-in.`);
}

async function tryOut(request: ConsoleRequest, id: string | undefined, form: PolicyForm) {
  const { policies } = request.administration;
  // A name is needed to save the policy, not to try it.
  const input = { ...toInput(form), name: form.name || 'New policy' };
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

function readForm(form: Fields): PolicyForm {
  const number = Math.min(maxRules, form.integer('rules'));
  return {
    name: form.text('name'),
    version: form.integer('version'),
    rules: Array.from({ length: number }, (_, index) => readRule(form, index)),
  };
}

function readRule(form: Fields, index: number): RuleForm {
  const name = (field: string): string => `rule-${index}-${field}`;
  return {
    name: form.text(name('name')),
    device: form.choice(name('device'), ['managed', 'unmanaged', 'any']),
    platforms: form.list(name('platforms')),
    keyProtection: form.list(name('keyProtection')),
    authorities: form.list(name('authorities')),
    agentAtLeast: form.text(name('agentAtLeast')),
    agentBelow: form.text(name('agentBelow')),
    effect: form.choice(name('effect'), ['allow', 'deny']),
    message: form.text(name('message')),
  };
}

function toForm({ name, version, rules }: Policy): PolicyForm {
  return { name, version, rules: rules.map(toRuleForm) };
}

function toRuleForm({ name, when, effect, message = '' }: Rule): RuleForm {
  return {
    name,
    device: when.device,
    platforms: when.platforms ?? [],
    keyProtection: when.keyProtection ?? [],
    authorities: when.authorities ?? [],
    agentAtLeast: when.agentAtLeast ?? '',
    agentBelow: when.agentBelow ?? '',
    effect,
    message,
  };
}

function toInput({ name, rules }: PolicyForm): PolicyInput {
  return { name, rules: rules.map(toRule) };
}

/** Conditions whose fields are empty are not made. */
function toRule({ name, effect, message, device, ...rule }: RuleForm): JsonObject {
  const lists = {
    platforms: rule.platforms,
    keyProtection: rule.keyProtection,
    authorities: rule.authorities,
  };
  const given = Object.entries(lists).filter(([, list]) => list.length > 0);
  return {
    name,
    effect,
    ...(message === '' ? {} : { message }),
    when: {
      device,
      ...Object.fromEntries(given.map(([member, list]) => [member, [...list]])),
      ...(rule.agentAtLeast === '' ? {} : { agentAtLeast: rule.agentAtLeast }),
      ...(rule.agentBelow === '' ? {} : { agentBelow: rule.agentBelow }),
    },
  };
}
