import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link AdministrationError}. */
export const administrationErrors = {
  role_required: 'This needs the role admin; an auditor may look at everything and change nothing.',
  sign_in_unknown:
    'There is no sign-in of this transaction; it may be older than verdicts are kept.',
  request_invalid:
    'The request’s body or query is not what the operation takes; see the message, and /admin/api/openapi.json.',
  time_span_invalid: 'The time span is empty or too long: at most 744 hours, or as many days.',
} as const;

/** One of {@link administrationErrors}' codes. */
export type AdministrationErrorCode = keyof typeof administrationErrors;

/** A use case that the actor may not have, or whose object is not there. */
export class AdministrationError extends CountersignError<AdministrationErrorCode> {
  constructor(code: AdministrationErrorCode, details?: ErrorDetails) {
    super(code, administrationErrors, details);
  }
}
