/** Authentication policies, stored and in force. */
import { parseStrictJson, randomUuid } from '../../core/index.ts';
import type { Clock, JsonValue, RandomSource } from '../../core/index.ts';
import type { PolicyDecision } from '../../protocol/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { PolicyStore, StoredPolicy } from '../storage/index.ts';
import { decide } from './decide.ts';
import { PolicyError } from './errors.ts';
import { parseName, parseRules } from './parse-rules.ts';
import {
  defaultPolicy,
  defaultPolicyId,
  type Policy,
  type PolicyFacts,
  type Rule,
} from './policy.ts';

/** What an administrator gives; read strictly. */
export interface PolicyInput {
  readonly name?: JsonValue | undefined;
  readonly rules?: JsonValue | undefined;
}

/** The authentication policies of a server. */
export interface Policies {
  /** The default policy first, then by name. */
  list(): Promise<readonly Policy[]>;
  /** @throws PolicyError `policy_unknown` */
  find(id: string): Promise<Policy>;
  /** @throws PolicyError `policy_invalid`, `policy_name_taken` */
  add(input: PolicyInput): Promise<Policy>;
  /**
   * Changes a policy; it holds within a second, in every process.
   *
   * @param version - of the policy that the change was made from
   * @throws PolicyError `policy_unknown`, `policy_invalid`, `policy_name_taken`, `policy_changed`
   */
  replace(id: string, version: number, input: PolicyInput): Promise<Policy>;
  /**
   * @returns what was removed
   * @throws PolicyError `policy_unknown`, `policy_in_use`, `policy_default`
   */
  remove(id: string): Promise<Policy>;
  /** Reads what would be saved, for a dry run. @throws PolicyError `policy_invalid` */
  parse(input: PolicyInput): Pick<Policy, 'name' | 'rules'>;
  /**
   * Decides on a sign-in.
   *
   * @param id - of the application's policy; undefined: the default one
   */
  decide(id: string | undefined, facts: PolicyFacts): Promise<PolicyDecision>;
}

/** How soon a change by another process holds, in milliseconds. */
const maxAge = 1000;

/** Makes the service over stored policies. */
export function createPolicies(store: PolicyStore, clock: Clock, random: RandomSource): Policies {
  const inForce = createRefreshed(
    async () => new Map((await listAll(store)).map((policy) => [policy.id, policy])),
    clock,
    maxAge,
  );

  async function find(id: string): Promise<Policy> {
    const stored = await store.find(id);
    if (stored !== undefined) return toPolicy(stored);
    if (id === defaultPolicyId) return defaultPolicy;
    throw new PolicyError('policy_unknown');
  }

  async function save(policy: Policy): Promise<Policy> {
    const updated = { ...policy, updatedAt: clock.now() };
    const stored = toStored(updated);
    // The default policy is stored with its first change.
    const saved = policy.version === 1 ? await store.add(stored) : await store.replace(stored);
    inForce.invalidate();
    if (saved) return updated;
    const others = (await listAll(store)).filter(({ id }) => id !== policy.id);
    const isTaken = others.some(({ name }) => name === policy.name);
    throw new PolicyError(isTaken ? 'policy_name_taken' : 'policy_changed');
  }

  return {
    list: () => listAll(store),
    find,
    add: async (input) => save({ id: randomUuid(random), ...parse(input), version: 1 }),
    async replace(id, version, input) {
      const present = await find(id);
      if (present.version !== version) throw new PolicyError('policy_changed');
      return save({ id, ...parse(input), version: version + 1 });
    },
    async remove(id) {
      if (id === defaultPolicyId) throw new PolicyError('policy_default');
      const policy = await find(id);
      const removed = await store.remove(id);
      inForce.invalidate();
      if (removed) return policy;
      await find(id);
      throw new PolicyError('policy_in_use');
    },
    parse,
    async decide(id, facts) {
      const policy = (await inForce.get()).get(id ?? defaultPolicyId);
      // The storage removes no policy that an application has.
      if (policy === undefined) throw new Error(`no policy ${id ?? defaultPolicyId}`);
      return decide(policy, facts);
    },
  };
}

function parse(input: PolicyInput): Pick<Policy, 'name' | 'rules'> {
  return { name: parseName(input.name, 'The policy'), rules: parseRules(input.rules) };
}

async function listAll(store: PolicyStore): Promise<readonly Policy[]> {
  const stored = (await store.list()).map(toPolicy);
  const named = stored.filter(({ id }) => id !== defaultPolicyId);
  return [stored.find(({ id }) => id === defaultPolicyId) ?? defaultPolicy, ...named];
}

/** Longest rules that are read back; what {@link parseRules} lets pass is far shorter. */
const maxRulesLength = 1_000_000;

function toPolicy({ id, name, rules, version, updatedAt }: StoredPolicy): Policy {
  const limits = { maxLength: maxRulesLength, maxDepth: 6 };
  return { id, name, version, updatedAt, rules: parseRules(parseStrictJson(rules, limits)) };
}

function toStored(policy: Policy & { readonly updatedAt: Date }): StoredPolicy {
  const { id, name, version, updatedAt } = policy;
  return {
    id,
    name,
    version,
    updatedAt,
    rules: JSON.stringify(policy.rules satisfies readonly Rule[]),
  };
}
