/** Pages before anybody is signed in: set-up and sign-in. */
import {
  address,
  linkButton,
  notice,
  renderPlainPage,
  submitButton,
  textField,
  type Flash,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';

/** What the sign-in page shows. */
export interface SignInPageInput {
  readonly name: string;
  readonly fault?: string | undefined;
  /** Address to go to after the sign-in. */
  readonly next: string;
  /** Name of the administrators' own OpenID provider, where there is one. */
  readonly provider: string | undefined;
}

/** The sign-in page. */
export function entrancePage(input: SignInPageInput, flash?: Flash): Html {
  const { name, fault, next, provider } = input;
  return renderPlainPage(
    'Sign in',
    html`${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
      <form method="post" action="${address(['sign-in'])}" class="stacked">
        <input type="hidden" name="next" value="${next}" />
        ${textField({
          name: 'name',
          label: 'Name',
          value: name,
          required: true,
          autocomplete: 'username webauthn',
        })}
        ${textField({
          name: 'password',
          label: 'Password',
          type: 'password',
          required: true,
          autocomplete: 'current-password',
          maxLength: 256,
        })}
        <div class="form-actions">${submitButton('Sign in')}</div>
      </form>
      <div class="form-actions">
        <button type="button" class="button" id="use-passkey" data-next="${next}" hidden>
          Sign in with a passkey
        </button>
        ${
          provider !== undefined &&
          linkButton(address(['sign-in', 'openid']), `Sign in with ${provider}`)
        }
      </div>
      <p class="fault" id="passkey-fault" role="alert"></p>`,
    flash,
  );
}

/** The page of the first run. */
export function setUpPage(input: {
  readonly name: string;
  readonly token: string;
  readonly fault?: string | undefined;
}): Html {
  return renderPlainPage(
    'Set up this server',
    html`<p>
        Make the first administrator. The set-up token proves that you are who runs this server: it
        is in the file <code>setup-token</code> of the data directory; the log of the start says
        where that is.
      </p>
      ${input.fault !== undefined && notice('bad', html`<p>${input.fault}</p>`, 'alert')}
      <form method="post" action="${address(['setup'])}" class="stacked">
        ${textField({ name: 'token', label: 'Set-up token', value: input.token, required: true })}
        ${textField({
          name: 'name',
          label: 'Your name',
          value: input.name,
          required: true,
          autocomplete: 'username',
          hint: 'As you will sign in: an e-mail address, or any name.',
        })}
        ${textField({
          name: 'password',
          label: 'Password',
          type: 'password',
          required: true,
          autocomplete: 'new-password',
          maxLength: 256,
          hint: 'At least 12 characters. You can add a passkey afterwards.',
        })}
        <div class="form-actions">${submitButton('Set up')}</div>
      </form>`,
  );
}

/** A page that says what went wrong, for requests that are not served. */
export function faultPage(title: string, message: string): Html {
  return renderPlainPage(
    title,
    html`<p>${message}</p>
      <p>${linkButton(address([]), 'To the overview')}</p>`,
  );
}
