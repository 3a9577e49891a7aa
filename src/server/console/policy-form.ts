/** A policy as its form holds it, read from the browser and made into what the use cases take. */
import type { JsonObject } from '../../core/index.ts';
import type { Policy, PolicyInput, Rule } from '../policy/index.ts';
import type { Fields } from './form.ts';
import type { FormField } from './markup/index.ts';

/** Most rules that a form is read for; a policy has fewer. */
const maxRules = 100;

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

/** What a rule is before anybody has changed it. */
export const newRule: RuleForm = {
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

/**
 * Reads what a form sent.
 *
 * @throws ServerError `request_malformed`
 */
export function readPolicyForm(form: Fields): PolicyForm {
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

/** A policy, to be edited. */
export function toPolicyForm({ name, version, rules }: Policy): PolicyForm {
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

/** What the use cases take. */
export function toPolicyInput({ name, rules }: PolicyForm): PolicyInput {
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

/** Every field of a form, to be sent again by a page that asks first. */
export function fieldsOfPolicy({ name, version, rules }: PolicyForm): readonly FormField[] {
  return [
    ['name', name],
    ['version', version],
    ['rules', rules.length],
    ...rules.flatMap((rule, index) =>
      Object.entries(rule).flatMap(([field, given]: [string, string | readonly string[]]) =>
        [given].flat().map((value): FormField => [`rule-${index}-${field}`, value]),
      ),
    ),
  ];
}
