/** What a person can do about a sign-in that did not work, beyond what its own sentence says. */

const tryAgain = 'Try again.';
const askForHelp =
  'If it stays like this, give your help desk the code and the transaction shown below.';
const enrol =
  'Check that this device is enrolled with your organisation’s device management; your help desk can do it.';

const enrolAnew =
  'Trying again does not help: this device needs a new certificate. Your help desk can enrol it anew.';

const byCode: Readonly<Record<string, readonly string[]>> = {
  agent_not_found: [
    'Wait a moment after you have signed in to this device: the agent starts with it. Then try again.',
    'If there is no Countersign agent on this device, ask your help desk to install it.',
  ],
  agent_blocked: [
    'Open the site’s settings beside the address, and set “Apps on device” to “Allow”.',
    tryAgain,
  ],
  agent_other_user: [
    'Sign the other user out of this device, or start the agent for you.',
    tryAgain,
  ],
  device_no_certificate: [enrol, askForHelp],
  device_issuer_untrusted: [enrol, askForHelp],
  device_certificate_expired: [enrolAnew, askForHelp],
  certificate_expired: [enrolAnew, askForHelp],
  certificate_revoked: [enrolAnew, askForHelp],
  device_cloned: [
    'Do not try again on this device: its certificate was used on another machine. Tell your help desk.',
    askForHelp,
  ],
  policy_managed_required: ['Sign in on a device that your organisation manages.', askForHelp],
  policy_platform: ['Sign in on a device with another operating system.', askForHelp],
  policy_agent_version: ['Have the agent on this device updated, then try again.', askForHelp],
  device_deactivated: ['Ask your help desk whether this device may be used again.', askForHelp],
  transaction_expired: [tryAgain],
};

/**
 * The steps for an outcome, in order.
 *
 * @param code - of the verdict, or of what failed
 */
export function nextSteps(code: string): readonly string[] {
  return Object.hasOwn(byCode, code) ? (byCode[code] ?? []) : [tryAgain, askForHelp];
}
