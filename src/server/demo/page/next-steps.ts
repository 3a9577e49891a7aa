/** What the person can do about an outcome, beyond what its own sentence says. */
import type { ClientErrorCode, SignInOutcome } from '../../../client/index.ts';
import type { DeclineCode } from '../../../protocol/index.ts';

const signInAgain = 'Sign in again.';
const askForHelp =
  'If it stays like this, give the code and the transaction below to your administrator.';

const afterFailure: Partial<Readonly<Record<ClientErrorCode, readonly string[]>>> = {
  agent_not_found: ['Start the agent: run “countersign run”, or start its service.', signInAgain],
  agent_blocked: [
    'Open the site’s settings beside the address, and set “Apps on device” to “Allow”.',
    signInAgain,
    'Administrators: the policy LoopbackNetworkAllowedForUrls allows it for everyone, without a question.',
  ],
  agent_refused: ['See the agent’s log for more.', askForHelp],
  cancelled: [signInAgain],
};

const afterDecline: Partial<Readonly<Record<DeclineCode, readonly string[]>>> = {
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
  const steps =
    outcome.status === 'failed'
      ? afterFailure[outcome.code]
      : afterDecline[outcome.result.code as DeclineCode];
  return steps ?? ['Follow the sentence above, then sign in again.', askForHelp];
}
