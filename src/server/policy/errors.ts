import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of a {@link PolicyDecision}. */
export const policyDecisionReasons = {
  policy_allowed: 'The application’s authentication policy allows this sign-in.',
  policy_denied: 'The application’s authentication policy denies this sign-in.',
  policy_managed_required: 'The application’s authentication policy asks for a managed device.',
  policy_platform: 'The application’s authentication policy does not allow this operating system.',
  policy_key_protection:
    'The application’s authentication policy does not allow a key with this protection.',
  policy_authority:
    'The application’s authentication policy does not allow certificates of this authority.',
  policy_application_disabled:
    'The application that asks is disabled or was removed; nobody signs in to it.',
  policy_agent_version:
    'The application’s authentication policy does not allow this version of the agent; update it.',
} as const;

/** One of {@link policyDecisionReasons}' codes. */
export type PolicyDecisionCode = keyof typeof policyDecisionReasons;

/** Codes of {@link PolicyError}: policies that cannot be saved. */
export const policyErrors = {
  policy_unknown: 'There is no authentication policy of this id.',
  policy_invalid: 'The authentication policy is not well-formed; see the message.',
  policy_name_taken: 'There is an authentication policy of this name already; choose another name.',
  policy_changed:
    'The authentication policy was changed meanwhile; load it again, and make the change again.',
  policy_in_use:
    'Applications use this authentication policy; give them another one before it is deleted.',
  policy_default: 'The default policy cannot be deleted; change its rules instead.',
} as const;

/** One of {@link policyErrors}' codes. */
export type PolicyErrorCode = keyof typeof policyErrors;

/** A policy that cannot be saved, or is not there. */
export class PolicyError extends CountersignError<PolicyErrorCode> {
  constructor(code: PolicyErrorCode, details?: ErrorDetails) {
    super(code, policyErrors, details);
  }
}
