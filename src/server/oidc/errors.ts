import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link OidcError}. */
export const oidcErrors = {
  oidc_interaction_unknown:
    'This sign-in is over, or it was begun in another browser; go back to the application and sign in again.',
  oidc_settings_invalid:
    'The OpenID Connect settings of the application are not well-formed; see the message.',
  oidc_hint_invalid:
    'The ID token hint is not one that the application’s Microsoft Entra tenant gave for this server.',
  oidc_tenant_unreachable:
    'The keys of the Microsoft Entra tenant cannot be fetched; try again later.',
} as const;

/** One of {@link oidcErrors}' codes. */
export type OidcErrorCode = keyof typeof oidcErrors;

/** A sign-in through OpenID Connect that cannot go on, or settings that make no sense. */
export class OidcError extends CountersignError<OidcErrorCode> {
  constructor(code: OidcErrorCode, details?: ErrorDetails) {
    super(code, oidcErrors, details);
  }
}
