/** From a proof's verdict to the sign-in's: the device in the inventory, then the application's policy. */
import type {
  PolicyDecision,
  VerificationCheck,
  VerificationResult,
} from '../../protocol/index.ts';
import type { Examination } from '../../verifier/index.ts';
import type { Applications } from '../applications/index.ts';
import type { Inventory, Recognition } from '../devices/index.ts';
import { factsOf, policyDecisionReasons, type Policies } from '../policy/index.ts';

/** What a judgement needs. */
export interface JudgementContext {
  readonly inventory: Pick<Inventory, 'recognize'>;
  readonly policies: Pick<Policies, 'decide'>;
  readonly applications: Pick<Applications, 'active'>;
}

/**
 * Checks "device" and "policy" of docs/protocol.md.
 *
 * @param examination - the verdict on the proof, with evidence where it is good
 * @param application - id of the application that asked; undefined for the server's own pages
 * @returns the sign-in's verdict
 */
export async function judge(
  context: JudgementContext,
  { result, evidence }: Examination,
  application: string | undefined,
): Promise<VerificationResult> {
  const recognised =
    evidence === undefined
      ? result
      : withRecognition(result, await context.inventory.recognize(evidence));
  return withDecision(recognised, await decide(context, recognised, application));
}

/** A device that the inventory refuses is not managed, whatever its certificate says. */
function withRecognition(
  result: VerificationResult,
  { device, refusal, message }: Recognition,
): VerificationResult {
  const outcome = refusal === undefined ? 'passed' : 'failed';
  return {
    ...result,
    ...(refusal === undefined ? {} : { managed: false, code: refusal, message }),
    checks: [...result.checks, { check: 'device', outcome, message }],
    deviceId: device,
  };
}

async function decide(
  { policies, applications }: JudgementContext,
  result: VerificationResult,
  id: string | undefined,
): Promise<PolicyDecision> {
  if (id === undefined) return policies.decide(undefined, factsOf(result));
  const application = await applications.active(id);
  if (application === undefined) {
    const code = 'policy_application_disabled';
    return { outcome: 'deny', code, message: policyDecisionReasons[code] };
  }
  return policies.decide(application.policy, factsOf(result));
}

/** Of a device that is not managed, the reason stays the first check that failed. */
function withDecision(result: VerificationResult, decision: PolicyDecision): VerificationResult {
  if (!result.managed) return { ...result, decision };
  const { outcome, code, message } = decision;
  const check: VerificationCheck = {
    check: 'policy',
    outcome: outcome === 'allow' ? 'passed' : 'failed',
    message,
  };
  return {
    ...result,
    ...(outcome === 'allow' ? {} : { code, message }),
    checks: [...result.checks, check],
    decision,
  };
}
