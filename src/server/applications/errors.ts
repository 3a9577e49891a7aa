import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link ApplicationError}. */
export const applicationErrors = {
  application_unknown: 'There is no application of this id.',
  application_invalid: 'The application is not well-formed; see the message.',
  application_name_taken: 'There is an application of this name already; choose another name.',
  application_changed:
    'The application was changed meanwhile; load it again, and make the change again.',
  application_policy_unknown:
    'There is no authentication policy of the id that the application names.',
  application_public: 'This application has no secret: it is a public client.',
  application_credentials_invalid:
    'The application’s id or secret is wrong, or the application is disabled.',
} as const;

/** One of {@link applicationErrors}' codes. */
export type ApplicationErrorCode = keyof typeof applicationErrors;

/** An application that cannot be saved, is not there, or did not prove who it is. */
export class ApplicationError extends CountersignError<ApplicationErrorCode> {
  constructor(code: ApplicationErrorCode, details?: ErrorDetails) {
    super(code, applicationErrors, details);
  }
}
