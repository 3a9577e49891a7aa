/** What administrators set for the whole server. */
import type { FederationInfo } from '../../admins/index.ts';
import type { InventorySettings } from '../../devices/index.ts';
import {
  address,
  choiceGroup,
  copyable,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  textArea,
  textField,
  unlessOld,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';

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

function federationSettings(input: SettingsPageInput, viewer: Viewer): Html {
  const { provider, redirectUri } = input.federation;
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
    ${unlessOld(viewer, 'change the provider', ['settings'], () => providerForms(input, viewer))}`;
}

function providerForms({ federation, form }: SettingsPageInput, { csrfToken }: Viewer): Html {
  const { provider, version } = federation;
  return html`${postForm(
    address(['settings', 'federation']),
    csrfToken,
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
    html`<div>
      ${linkButton(
        address(['settings', 'federation', 'remove']),
        `Stop using ${provider.name}`,
        'danger',
      )}
    </div>`
  }`;
}

/**
 * What is asked before administrators cannot sign in at their OpenID provider any more.
 *
 * @param stranded - names of those who sign in there and nowhere else
 */
export function removalOfProvider(
  { provider, version }: FederationInfo,
  stranded: readonly string[],
): Confirmation {
  const name = provider?.name ?? 'the OpenID provider';
  return {
    title: `Stop using ${name}?`,
    area: 'settings',
    content: html`<p>
        Administrators sign in with passwords and passkeys only, from now on. Its settings and the
        client secret are deleted.
      </p>
      ${facts([
        ['Cannot sign in any more', stranded.length === 0 ? 'nobody' : stranded.join(', ')],
      ])}`,
    action: address(['settings', 'federation', 'remove']),
    fields: [['version', version]],
    button: `Stop using ${name}`,
    back: address(['settings']),
  };
}
