/** Which rule of a policy decides, and why (docs/policies.md). Pure. */
import type { PolicyDecision, VerificationResult } from '../../protocol/index.ts';
import { isEarlierVersion } from './agent-version.ts';
import { policyDecisionReasons, type PolicyDecisionCode } from './errors.ts';
import type { Policy, PolicyFacts, Rule, RuleConditions } from './policy.ts';

/** What a verdict says that policies decide on. */
export function factsOf(result: VerificationResult): PolicyFacts {
  return {
    managed: result.managed,
    platform: result.device?.platform,
    keyProtection: result.device?.key.protection,
    agentVersion: result.device?.agentVersion,
    authority: result.path?.at(-1)?.sha256,
  };
}

/**
 * Decides on a sign-in: the first rule that matches; where none does, it is denied.
 *
 * @returns the decision. The code of a denial names the one condition that it hangs on, where that
 *   is one: that of the rule which denies, or that which kept the first allowing rule from matching
 */
export function decide(
  { id, name, rules }: Pick<Policy, 'id' | 'name' | 'rules'>,
  facts: PolicyFacts,
): PolicyDecision {
  const policy = { id, name };
  const index = rules.findIndex(({ when }) => unmet(when, facts).length === 0);
  const rule = rules[index];
  if (rule === undefined) {
    const code = closestMiss(rules, facts);
    return { outcome: 'deny', code, message: policyDecisionReasons[code], policy };
  }
  const code = rule.effect === 'allow' ? 'policy_allowed' : denialOf(rule);
  const message =
    rule.effect === 'deny' && rule.message !== undefined
      ? rule.message
      : policyDecisionReasons[code];
  return { outcome: rule.effect, code, message, policy, rule: { index, name: rule.name } };
}

const managedRequired = 'policy_managed_required' satisfies PolicyDecisionCode;

interface Condition {
  readonly code: PolicyDecisionCode;
  readonly holds: boolean;
}

/** The conditions that a rule makes, each with how it comes out. */
function conditionsOf(when: RuleConditions, facts: PolicyFacts): readonly Condition[] {
  const conditions: Condition[] = [];
  const add = (code: PolicyDecisionCode, holds: boolean): void => {
    conditions.push({ code, holds });
  };
  if (when.device !== 'any') {
    add(managedRequired, facts.managed === (when.device === 'managed'));
  }
  if (when.platforms !== undefined) add('policy_platform', isIn(when.platforms, facts.platform));
  if (when.keyProtection !== undefined) {
    add('policy_key_protection', isIn(when.keyProtection, facts.keyProtection));
  }
  if (when.authorities !== undefined) {
    add('policy_authority', isIn(when.authorities, facts.authority));
  }
  const { agentAtLeast, agentBelow } = when;
  if (agentAtLeast !== undefined || agentBelow !== undefined) {
    add('policy_agent_version', isVersionWithin(facts.agentVersion, agentAtLeast, agentBelow));
  }
  return conditions;
}

function unmet(when: RuleConditions, facts: PolicyFacts): readonly PolicyDecisionCode[] {
  return conditionsOf(when, facts).flatMap(({ code, holds }) => (holds ? [] : [code]));
}

/** Why a rule denies: the one thing that it hangs on, where that is one. */
function denialOf({ when }: Rule): PolicyDecisionCode {
  if (when.device === 'unmanaged') return managedRequired;
  const [only, ...others] = conditionsOf({ ...when, device: 'any' }, { managed: true });
  return only === undefined || others.length > 0 ? 'policy_denied' : only.code;
}

/** Of the rules that would have allowed, what kept the first from it that missed by one condition. */
function closestMiss(rules: readonly Rule[], facts: PolicyFacts): PolicyDecisionCode {
  const misses = rules
    .filter(
      ({ effect, when }) => effect === 'allow' && (!facts.managed || when.device !== 'unmanaged'),
    )
    .map(({ when }) => unmet(when, facts));
  // Who is not managed is told that before anything that an unproven device says of itself.
  if (!facts.managed && misses.some((codes) => codes.includes(managedRequired))) {
    return managedRequired;
  }
  return misses.find(({ length }) => length === 1)?.[0] ?? 'policy_denied';
}

function isIn(list: readonly string[], value: string | undefined): boolean {
  return value !== undefined && list.includes(value);
}

function isVersionWithin(
  version: string | undefined,
  atLeast: string | undefined,
  below: string | undefined,
): boolean {
  if (version === undefined) return false;
  if (atLeast !== undefined && isEarlierVersion(version, atLeast)) return false;
  return below === undefined || isEarlierVersion(version, below);
}
