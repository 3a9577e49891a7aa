/** What the person can do about an outcome, beyond what its own sentence says. */
import type { SignInOutcome } from '../../../client/index.ts';

const whereToGetHelp =
  'If it stays like this, give the code and the transaction below to your administrator.';

const afterFailure: Readonly<Record<string, readonly string[]>> = {
  agent_not_found: [
    'Start the agent: run “countersign run”, or start its service.',
    'Sign in again.',
  ],
  agent_blocked: [
    'Open the site’s settings beside the address, and set “Apps on device” to “Allow”.',
    'Sign in again.',
    'Administrators: the policy LoopbackNetworkAllowedForUrls allows it for everyone, without a question.',
  ],
  cancelled: ['Sign in again whenever you like.'],
};

const afterRefusal: Readonly<Record<string, readonly string[]>> = {
  device_no_certificate: [
    'See which certificates the agent finds: run “countersign certs list”.',
    'If there is none, enrol this device with your device management.',
  ],
  device_issuer_untrusted: [
    'See who issued this device’s certificates: run “countersign certs list”.',
    'Administrators: upload the CA that issues device certificates: “countersign-server ca add FILE”.',
  ],
};

/** The steps for an outcome, in order; none where the device is managed. */
export function nextSteps(outcome: SignInOutcome): readonly string[] {
  if (outcome.status === 'managed') return [];
  const [steps, code] =
    outcome.status === 'failed'
      ? [afterFailure, outcome.code]
      : [afterRefusal, outcome.result.code];
  return steps[code] ?? ['Follow the sentence above, then sign in again.', whereToGetHelp];
}
