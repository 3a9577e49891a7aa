/** One's own account: password and passkeys. */
import type { AdministratorInfo } from '../../admins/index.ts';
import {
  address,
  distanceElement,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  table,
  textField,
  unlessOld,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';

/** One's own account. */
export function accountPage(
  administrator: AdministratorInfo,
  fault: string | undefined,
  viewer: Viewer,
  now: Date,
): ConsolePage {
  return {
    title: 'Your account',
    area: 'account',
    content: html`${pageHead('Your account', administrator.name)}
      ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
      <div class="columns">
        ${section(
          'Password',
          administrator.hasPassword
            ? passwordForm(administrator, viewer)
            : unlessOld(viewer, 'set a password', ['account'], () =>
                passwordForm(administrator, viewer),
              ),
        )}
        ${section('Passkeys', passkeys(administrator, viewer, now))}
      </div>`,
  };
}

function passwordForm({ hasPassword }: AdministratorInfo, { csrfToken }: Viewer): Html {
  return postForm(
    address(['account', 'password']),
    csrfToken,
    html`${
        hasPassword &&
        textField({
          name: 'present',
          label: 'Present password',
          type: 'password',
          autocomplete: 'current-password',
          maxLength: 256,
          required: true,
        })
      }
      ${textField({
        name: 'password',
        label: 'New password',
        type: 'password',
        autocomplete: 'new-password',
        maxLength: 256,
        hint: 'At least 12 characters. Your other sessions end.',
        required: true,
      })}
      <div class="form-actions">${submitButton('Change password')}</div>`,
    'stacked',
  );
}

function passkeys({ passkeys: present }: AdministratorInfo, viewer: Viewer, now: Date): Html {
  return html`<p>
      A passkey signs you in with your device’s screen lock or a security key, and cannot be
      phished.
    </p>
    ${
      present.length > 0 &&
      table(
        'Your passkeys',
        [
          { title: 'Name', heading: true, cell: ({ name }: (typeof present)[number]) => name },
          { title: 'Added', cell: ({ createdAt }) => distanceElement(createdAt, now) },
          {
            title: 'Last used',
            cell: ({ lastUsedAt }) =>
              lastUsedAt === undefined ? 'never' : distanceElement(lastUsedAt, now),
          },
          {
            title: 'Actions',
            hiddenTitle: true,
            cell: ({ id, name }) =>
              linkButton(
                address(['account', 'passkeys', id, 'delete']),
                'Remove',
                'quiet',
                `Remove ${name}`,
              ),
          },
        ],
        present,
      )
    }
    ${unlessOld(viewer, 'add or remove a passkey', ['account'], () => passkeyForm(viewer))}`;
}

function passkeyForm({ csrfToken }: Viewer): Html {
  return html`<form class="stacked" id="add-passkey" data-csrf="${csrfToken}" hidden>
      ${textField({ name: 'passkey-name', label: 'Name of the new passkey', required: true, maxLength: 100 })}
      <div class="form-actions">${submitButton('Add passkey', 'plain')}</div>
    </form>
    <p class="fault" id="passkey-fault" role="alert"></p>
    <noscript><p class="small">Adding a passkey needs JavaScript.</p></noscript>`;
}

/** What is asked before a passkey is removed from one's own account. */
export function removalOfPasskey({
  id,
  name,
}: AdministratorInfo['passkeys'][number]): Confirmation {
  return {
    title: `Remove the passkey ${name}?`,
    area: 'account',
    content: html`<p>
      You cannot sign in with it any more. On the device or security key, delete it by hand.
    </p>`,
    action: address(['account', 'passkeys', id, 'delete']),
    button: 'Remove passkey',
    back: address(['account']),
  };
}
