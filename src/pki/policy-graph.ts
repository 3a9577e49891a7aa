/**
 * The valid policy graph of RFC 5280 section 6.1 as updated by RFC 9618. Only the deepest level is
 * kept: a node remembers which policies of the trust anchor's domain it comes from, which is all
 * that the result asks, so that work grows with the certificates' size and never exponentially
 * (CVE-2023-0464). An empty level is the NULL graph.
 */
import { oids } from './object-identifiers.ts';
import type { PolicyInformation, PolicyMapping } from './policy-extensions.ts';
import type { WorkBudget } from './work-budget.ts';

interface PolicyNode {
  /** expected_policy_set: what the next certificate may call this policy. */
  expected: ReadonlySet<string>;
  /** Policies of the anchor's domain that lead here; empty for anyPolicy itself. */
  readonly origins: ReadonlySet<string>;
}

/** The deepest level of the graph: nodes by their valid_policy. */
export type PolicyLevel = ReadonlyMap<string, PolicyNode>;

const { anyPolicy } = oids;

/** Section 6.1.2 (a): one node, anyPolicy. */
export const initialPolicyLevel: PolicyLevel = new Map([
  [anyPolicy, { expected: new Set([anyPolicy]), origins: new Set<string>() }],
]);

/** The graph of a path that asserts nothing any more. */
export const emptyPolicyLevel: PolicyLevel = new Map();

/**
 * Section 6.1.3 (d) and (e).
 *
 * @param level - the graph so far
 * @param policies - the certificate's policies, or undefined where it has none
 * @param anyPolicyCounts - whether anyPolicy in this certificate is to be processed: (d)(2)
 * @returns the next level, or undefined where the budget is spent
 */
export function nextPolicyLevel(
  level: PolicyLevel,
  policies: readonly PolicyInformation[] | undefined,
  anyPolicyCounts: boolean,
  budget: WorkBudget,
): PolicyLevel | undefined {
  if (policies === undefined || level.size === 0) return emptyPolicyLevel;
  const parents = parentsByExpectedPolicy(level, budget);
  if (parents === undefined) return undefined;
  const next = new Map<string, PolicyNode>();
  for (const { policy } of policies) {
    if (policy === anyPolicy) continue;
    const matching =
      parents.get(policy) ?? (level.has(anyPolicy) ? parents.get(anyPolicy) : undefined);
    if (matching === undefined) continue;
    if (!addNode(next, policy, matching, budget)) return undefined;
  }
  if (anyPolicyCounts && policies.some(({ policy }) => policy === anyPolicy)) {
    for (const [policy, matching] of parents) {
      if (!next.has(policy) && !addNode(next, policy, matching, budget)) return undefined;
    }
  }
  return next;
}

type Parent = readonly [validPolicy: string, node: PolicyNode];

function parentsByExpectedPolicy(
  level: PolicyLevel,
  budget: WorkBudget,
): ReadonlyMap<string, readonly Parent[]> | undefined {
  const parents = new Map<string, Parent[]>();
  for (const [policy, node] of level) {
    if (!budget.spendPolicySteps(node.expected.size)) return undefined;
    for (const expected of node.expected) {
      const known = parents.get(expected);
      if (known === undefined) parents.set(expected, [[policy, node]]);
      else known.push([policy, node]);
    }
  }
  return parents;
}

function addNode(
  next: Map<string, PolicyNode>,
  policy: string,
  parents: readonly Parent[],
  budget: WorkBudget,
): boolean {
  const origins = new Set<string>();
  for (const [parentPolicy, parent] of parents) {
    if (!budget.spendPolicySteps(1 + parent.origins.size)) return false;
    if (parentPolicy !== anyPolicy) for (const origin of parent.origins) origins.add(origin);
    else if (policy !== anyPolicy) origins.add(policy);
  }
  next.set(policy, { expected: new Set([policy]), origins });
  return true;
}

/**
 * Section 6.1.4 (b).
 *
 * @param mappingAllowed - whether policy_mapping is above zero
 * @returns the level with its expected policies changed, or undefined where the budget is spent
 */
export function mapPolicies(
  level: PolicyLevel,
  mappings: readonly PolicyMapping[],
  mappingAllowed: boolean,
  budget: WorkBudget,
): PolicyLevel | undefined {
  if (!budget.spendPolicySteps(level.size + mappings.length)) return undefined;
  const mapped = new Map(level);
  for (const [issuerPolicy, subjectPolicies] of groupMappings(mappings)) {
    if (!mappingAllowed) {
      mapped.delete(issuerPolicy);
      continue;
    }
    const node = level.get(issuerPolicy);
    if (node !== undefined) {
      mapped.set(issuerPolicy, { expected: subjectPolicies, origins: node.origins });
    } else if (level.has(anyPolicy)) {
      mapped.set(issuerPolicy, { expected: subjectPolicies, origins: new Set([issuerPolicy]) });
    }
  }
  return mapped;
}

function groupMappings(mappings: readonly PolicyMapping[]): ReadonlyMap<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const { issuerDomainPolicy, subjectDomainPolicy } of mappings) {
    const group = groups.get(issuerDomainPolicy);
    if (group === undefined) groups.set(issuerDomainPolicy, new Set([subjectDomainPolicy]));
    else group.add(subjectDomainPolicy);
  }
  return groups;
}

/** The policies a path is valid under (section 6.1.6), in the trust anchor's domain. */
export interface PathPolicies {
  /** What the CAs assert; holds `oids.anyPolicy` where they assert any. */
  readonly authorityConstrained: ReadonlySet<string>;
  /** Those of them that the caller accepts. */
  readonly userConstrained: ReadonlySet<string>;
}

/** Section 6.1.5 (g): intersects the graph with what the caller accepts. */
export function finalPolicies(
  level: PolicyLevel,
  acceptable: ReadonlySet<string>,
  budget: WorkBudget,
): PathPolicies | undefined {
  const authorityConstrained = new Set<string>();
  for (const [policy, { origins }] of level) {
    if (!budget.spendPolicySteps(1 + origins.size)) return undefined;
    if (policy === anyPolicy) authorityConstrained.add(anyPolicy);
    for (const origin of origins) authorityConstrained.add(origin);
  }
  if (acceptable.has(anyPolicy)) {
    return { authorityConstrained, userConstrained: authorityConstrained };
  }
  const userConstrained = authorityConstrained.has(anyPolicy)
    ? acceptable
    : new Set([...authorityConstrained].filter((policy) => acceptable.has(policy)));
  return { authorityConstrained, userConstrained };
}
