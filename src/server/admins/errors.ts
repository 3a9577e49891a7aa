import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link AdminError}: administrators, their sign-in, and tokens of the admin API. */
export const adminErrors = {
  sign_in_required: 'Sign in as an administrator, or send an API token (Authorization: Bearer).',
  sign_in_failed:
    'The name or the password is wrong, or the account is locked for a while; after several failures, wait and try again.',
  sign_in_old:
    'Your sign-in is more than 10 minutes old: sign in again, then change who can sign in, and how.',
  passkey_failed: 'The passkey was not accepted; try again, or sign in with the password.',
  sign_in_busy: 'Too many sign-ins at the same time; try again in a moment.',
  csrf_token_invalid:
    'The request does not carry its session’s token; load the page again, and send it again.',
  setup_token_invalid:
    'The set-up token is wrong; it stands in the file setup-token of the data directory.',
  setup_done: 'The server has been set up already; sign in.',
  administrator_unknown: 'There is no administrator of this id.',
  administrator_invalid: 'The administrator’s name or role is not well-formed; see the message.',
  administrator_name_taken: 'There is an administrator of this name already; choose another name.',
  administrator_changed:
    'The administrator was changed meanwhile; load the page again, and make the change again.',
  administrator_last:
    'This is the last administrator who can change anything; give another one the role admin first.',
  password_unsuitable:
    'A password has 12 to 256 characters, at least 5 different ones, and is not the name; choose another.',
  password_wrong: 'The present password is wrong.',
  passkey_unknown: 'There is no passkey of this id.',
  passkey_last:
    'Without a password, this passkey is the only way to sign in; set a password first.',
  passkey_limit: 'There are 10 passkeys already; remove one first.',
  api_token_unknown: 'There is no API token of this id.',
  api_token_invalid: 'The API token’s name, role or lifetime is not well-formed; see the message.',
  api_token_name_taken: 'There is an API token of this name already; choose another name.',
  federation_off: 'No OpenID provider is set for administrators.',
  federation_invalid: 'The settings of the OpenID provider are not well-formed; see the message.',
  federation_changed:
    'The settings of the OpenID provider were changed meanwhile; load them again, and make the change again.',
  federation_failed:
    'The OpenID provider did not confirm the sign-in; start again, or look into the server’s log.',
  federation_no_role:
    'The OpenID provider confirmed who you are, but gives you no role here; ask an administrator.',
} as const;

/** One of {@link adminErrors}' codes. */
export type AdminErrorCode = keyof typeof adminErrors;

/** A sign-in that fails, or an administrator or token that cannot be changed so. */
export class AdminError extends CountersignError<AdminErrorCode> {
  constructor(code: AdminErrorCode, details?: ErrorDetails) {
    super(code, adminErrors, details);
  }
}
