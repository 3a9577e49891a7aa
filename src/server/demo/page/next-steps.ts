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

const askAdministrator = 'Ask your administrator; give them the transaction below.';

const enrolAnew = [
  'Trying again does not help: enrol this device anew with your device management.',
  'Then see whether the agent finds the new certificate: run “countersign certs list”.',
];

/** Where the server refuses what the device sent, or the policy does. */
const afterRefusal: Readonly<Record<string, readonly string[]>> = {
  certificate_expired: enrolAnew,
  certificate_revoked: enrolAnew,
  device_deactivated: [askAdministrator],
  device_cloned: [
    'Do not try again on this device: its certificate was used on another machine.',
    askAdministrator,
  ],
  policy_managed_required: ['Sign in on a device that your organisation manages.'],
  policy_platform: ['Sign in on a device with another operating system.'],
  policy_key_protection: [
    'See where the key of this device’s certificate is kept: run “countersign certs list”.',
    askAdministrator,
  ],
  policy_agent_version: ['Update the agent on this device.', signInAgain],
};

/** The steps for an outcome, in order; none where the device is managed. */
export function nextSteps(outcome: SignInOutcome): readonly string[] {
  if (outcome.status === 'managed') return [];
  const steps =
    outcome.status === 'failed'
      ? afterFailure[outcome.code]
      : (afterRefusal[outcome.result.code] ?? afterDecline[outcome.result.code as DeclineCode]);
  return steps ?? ['Follow the sentence above, then sign in again.', askForHelp];
}
