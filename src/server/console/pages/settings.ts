/** What administrators set for the whole server, and for their own account. */
import type { FederationInfo, AdministratorInfo } from '../../admins/index.ts';
import type { InventorySettings } from '../../devices/index.ts';
import {
  address,
  choiceGroup,
  copyable,
  distanceElement,
  facts,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  table,
  textArea,
  textField,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';

/** The form of the administrators' own OpenID provider; lists one item a line. */
export interface FederationForm {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly roleClaim: string;
  readonly adminValues: string;
  readonly auditorValues: string;
}

/** What the page shows. */
export interface SettingsPageInput {
  readonly inventory: InventorySettings;
  readonly federation: FederationInfo;
  readonly form: FederationForm;
  readonly fault?: string | undefined;
}

/** The page. */
export function settingsPage(input: SettingsPageInput, viewer: Viewer): ConsolePage {
  return {
    title: 'Settings',
    area: 'settings',
    content: html`${pageHead(
      'Settings',
      'What is set here holds for every process of this server. Addresses, TLS and storage are in its settings file.',
    )}
    ${input.fault !== undefined && notice('bad', html`<p>${input.fault}</p>`, 'alert')}
    ${section('Copied certificates', cloneSettings(input.inventory, viewer))}
    ${section('Administrators’ own OpenID provider', federationSettings(input, viewer))}`,
  };
}

function cloneSettings({ clones, version }: InventorySettings, viewer: Viewer): Html {
  if (viewer.role !== 'admin') {
    return facts([
      ['A copy raises an alarm, and', clones === 'refuse' ? 'is refused' : 'is let through'],
    ]);
  }
  return postForm(
    address(['settings', 'devices']),
    viewer.csrfToken,
    html`<input type="hidden" name="version" value="${version}" />
      ${choiceGroup({
        name: 'clones',
        label: 'Where a device’s certificate is used on what looks like another machine',
        type: 'radio',
        values: [clones],
        choices: [
          {
            value: 'refuse',
            label: 'Raise an alarm and refuse',
            hint: 'Neither machine counts as managed until an administrator has looked at the alarm.',
          },
          { value: 'alarm', label: 'Raise an alarm only' },
        ],
      })}
      <div class="form-actions">${submitButton('Save')}</div>`,
    'stacked',
  );
}

function federationSettings({ federation, form }: SettingsPageInput, viewer: Viewer): Html {
  const { provider, redirectUri, version } = federation;
  const redirect = facts([['Redirect URI', copyable(redirectUri, 'redirect URI')]]);
  if (viewer.role !== 'admin') {
    return html`${facts([
      ['Provider', provider?.name ?? 'none'],
      ['Issuer', provider?.issuer],
      ['Role claim', provider?.roleClaim],
    ])}
    ${redirect}`;
  }
  return html`<p>
      Administrators can sign in there instead of with a password or passkey. Register this redirect
      URI at the provider:
    </p>
    ${redirect}
    ${postForm(
      address(['settings', 'federation']),
      viewer.csrfToken,
      html`<input type="hidden" name="version" value="${version}" />
        ${textField({
          name: 'name',
          label: 'Name on the sign-in page',
          value: form.name,
          required: true,
        })}
        ${textField({ name: 'issuer', label: 'Issuer URL', type: 'url', value: form.issuer, required: true, maxLength: 2048 })}
        ${textField({ name: 'clientId', label: 'Client ID', value: form.clientId, required: true })}
        ${textField({
          name: 'clientSecret',
          label: 'Client secret',
          type: 'password',
          autocomplete: 'new-password',
          maxLength: 1024,
          ...(provider === undefined ? {} : { hint: 'Leave empty to keep the present one.' }),
        })}
        ${textField({
          name: 'roleClaim',
          label: 'Claim of the ID token that says the role',
          value: form.roleClaim,
          required: true,
        })}
        ${textArea({
          name: 'adminValues',
          label: 'Values that give the role administrator',
          value: form.adminValues,
          rows: 2,
          hint: 'One a line.',
        })}
        ${textArea({
          name: 'auditorValues',
          label: 'Values that give the role auditor',
          value: form.auditorValues,
          rows: 2,
          hint: 'One a line.',
        })}
        <div class="form-actions">
          ${submitButton('Save', 'primary', { name: 'action', value: 'save' })}
        </div>`,
      'stacked',
    )}
    ${
      provider !== undefined &&
      postForm(
        address(['settings', 'federation', 'remove']),
        viewer.csrfToken,
        html`<input type="hidden" name="version" value="${version}" />
          ${submitButton(`Stop using ${provider.name}`, 'danger')}`,
      )
    }`;
}

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
        ${section('Password', passwordForm(administrator, viewer))}
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
              postForm(
                address(['account', 'passkeys', id, 'delete']),
                viewer.csrfToken,
                submitButton('Remove', 'quiet', {
                  name: 'confirmed',
                  value: 'yes',
                  label: `Remove ${name}`,
                }),
              ),
          },
        ],
        present,
      )
    }
    <form class="stacked" id="add-passkey" data-csrf="${viewer.csrfToken}" hidden>
      ${textField({ name: 'passkey-name', label: 'Name of the new passkey', required: true, maxLength: 100 })}
      <div class="form-actions">${submitButton('Add passkey', 'plain')}</div>
    </form>
    <p class="fault" id="passkey-fault" role="alert"></p>
    <noscript><p class="small">Adding a passkey needs JavaScript.</p></noscript>`;
}
