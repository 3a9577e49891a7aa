export { decide, factsOf } from './decide.ts';
export { dryRun, type DryRun, type DryRunSignIn } from './dry-run.ts';
export {
  policyDecisionReasons,
  PolicyError,
  policyErrors,
  type PolicyDecisionCode,
  type PolicyErrorCode,
} from './errors.ts';
export { policyLimits } from './parse-rules.ts';
export { createPolicies, type Policies, type PolicyInput } from './policies.ts';
export {
  defaultPolicy,
  defaultPolicyId,
  type Policy,
  type PolicyFacts,
  type Rule,
  type RuleConditions,
} from './policy.ts';
