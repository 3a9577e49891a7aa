/** Reads a policy as people and programs give it: strictly, naming what is wrong. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { devicePlatforms, keyProtections } from '../../protocol/index.ts';
import { isVersion } from './agent-version.ts';
import { PolicyError } from './errors.ts';
import type { Rule, RuleConditions } from './policy.ts';

/** Bounds of a policy. */
export const policyLimits = {
  rules: 50,
  nameLength: 100,
  messageLength: 300,
  authorities: 64,
} as const;

const deviceStates = ['managed', 'unmanaged', 'any'] as const;
const effects = ['allow', 'deny'] as const;
const authorityId = /^[0-9a-f]{64}$/;

/**
 * Reads the name of a policy or a rule.
 *
 * @throws PolicyError `policy_invalid`
 */
export function parseName(value: JsonValue | undefined, what: string): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '' || name.length > policyLimits.nameLength || /\p{Cc}/u.test(name)) {
    throw invalid(`${what} needs a name of at most ${policyLimits.nameLength} characters.`);
  }
  return name;
}

/**
 * Reads the rules of a policy.
 *
 * @param value - a JSON list; unknown members are refused, so that no condition is silently ignored
 * @throws PolicyError `policy_invalid` naming the rule and its fault
 */
export function parseRules(value: JsonValue | undefined): readonly Rule[] {
  if (!Array.isArray(value)) throw invalid('The rules must be a list.');
  if (value.length > policyLimits.rules) {
    throw invalid(`A policy has at most ${policyLimits.rules} rules.`);
  }
  return value.map((rule: JsonValue, index) => parseRule(rule, `Rule ${index + 1}`));
}

function parseRule(value: JsonValue, what: string): Rule {
  const rule = readObject(value, what, ['name', 'when', 'effect', 'message']);
  const message = rule['message'];
  const hasMessage = message !== undefined && message !== '';
  if (hasMessage && (typeof message !== 'string' || message.length > policyLimits.messageLength)) {
    throw invalid(`${what}: message must be at most ${policyLimits.messageLength} characters.`);
  }
  return {
    name: parseName(rule['name'], what),
    when: parseConditions(rule['when'] ?? {}, what),
    effect: readChoice(rule['effect'], effects, `${what}: effect`),
    ...(hasMessage ? { message } : {}),
  };
}

const conditionNames = [
  'device',
  'platforms',
  'keyProtection',
  'authorities',
  'agentAtLeast',
  'agentBelow',
];

function parseConditions(value: JsonValue, what: string): RuleConditions {
  const when = readObject(value, `${what}: when`, conditionNames);
  const authorities = readList(when['authorities'], `${what}: authorities`, (id) => {
    if (typeof id === 'string' && authorityId.test(id)) return id;
    throw invalid(`${what}: authorities must be ids of certificate authorities.`);
  });
  return withoutUndefined({
    device: readChoice(when['device'] ?? 'managed', deviceStates, `${what}: device`),
    platforms: readList(when['platforms'], `${what}: platforms`, (platform) =>
      readChoice(platform, devicePlatforms, `${what}: platforms`),
    ),
    keyProtection: readList(when['keyProtection'], `${what}: keyProtection`, (protection) =>
      readChoice(protection, keyProtections, `${what}: keyProtection`),
    ),
    authorities,
    agentAtLeast: readVersion(when['agentAtLeast'], `${what}: agentAtLeast`),
    agentBelow: readVersion(when['agentBelow'], `${what}: agentBelow`),
  });
}

function withoutUndefined(conditions: RuleConditions): RuleConditions {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as RuleConditions;
}

function readObject(value: JsonValue, what: string, members: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw invalid(`${what} must be an object.`);
  const unknown = Object.keys(value).find((member) => !members.includes(member));
  if (unknown !== undefined) {
    throw invalid(`${what} has a member “${unknown}”; there are ${members.join(', ')}.`);
  }
  return value;
}

function readChoice<Choice extends string>(
  value: JsonValue | undefined,
  choices: readonly Choice[],
  what: string,
): Choice {
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalid(`${what} must be one of ${choices.join(', ')}.`);
  return choice;
}

/** An empty list is refused: it would match nothing, where its author may have meant everything. */
function readList<Item>(
  value: JsonValue | undefined,
  what: string,
  read: (item: JsonValue) => Item,
): readonly Item[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0 || value.length > policyLimits.authorities) {
    throw invalid(`${what} must be a list with something in it, or be left out.`);
  }
  return [...new Set(value.map((item: JsonValue) => read(item)))];
}

function readVersion(value: JsonValue | undefined, what: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isVersion(value)) return value;
  throw invalid(`${what} must be a version such as 1.4.0.`);
}

function invalid(message: string): PolicyError {
  return new PolicyError('policy_invalid', { message });
}
