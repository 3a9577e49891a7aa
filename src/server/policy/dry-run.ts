/** What a policy would have said of sign-ins that have been decided already. Pure. */
import type { PolicyDecision } from '../../protocol/index.ts';
import type { SignIn } from '../storage/index.ts';
import { decide, factsOf } from './decide.ts';
import type { Policy } from './policy.ts';

/** What would become of one sign-in. */
export interface DryRunSignIn {
  readonly signIn: SignIn;
  /** Whether it was let in. */
  readonly before: 'allow' | 'deny';
  readonly after: PolicyDecision;
  readonly changed: boolean;
}

/** What would become of several. */
export interface DryRun {
  readonly signIns: readonly DryRunSignIn[];
  readonly counts: {
    readonly total: number;
    /** Let in before and after. */
    readonly stillAllowed: number;
    readonly stillDenied: number;
    readonly newlyAllowed: number;
    readonly newlyDenied: number;
  };
}

/**
 * Tries a policy on recorded sign-ins.
 *
 * @param policy - what would be saved
 * @param signIns - records, in whatever order
 */
export function dryRun(
  policy: Pick<Policy, 'id' | 'name' | 'rules'>,
  signIns: readonly SignIn[],
): DryRun {
  const tried = signIns.map((signIn) => {
    const before = outcomeOf(signIn);
    const after = decide(policy, factsOf(signIn.result));
    return { signIn, before, after, changed: before !== after.outcome };
  });
  const count = (before: 'allow' | 'deny', after: 'allow' | 'deny'): number =>
    tried.filter((one) => one.before === before && one.after.outcome === after).length;
  return {
    signIns: tried,
    counts: {
      total: tried.length,
      stillAllowed: count('allow', 'allow'),
      stillDenied: count('deny', 'deny'),
      newlyAllowed: count('deny', 'allow'),
      newlyDenied: count('allow', 'deny'),
    },
  };
}

/** Verdicts from before there were policies have no decision: who was managed was let in. */
function outcomeOf({ result }: SignIn): 'allow' | 'deny' {
  return result.decision?.outcome ?? (result.managed ? 'allow' : 'deny');
}
