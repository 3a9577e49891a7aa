/** Endpoint management: which platforms count as managed, by which certificate authorities. */
import { counted } from '../../../core/index.ts';
import { devicePlatforms, type DevicePlatform } from '../../../protocol/index.ts';
import type { AuthorityInfo, EndpointManagement, PlatformTrust } from '../../trust/index.ts';
import {
  address,
  badge,
  choiceGroup,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';
import { platformName, shortName } from './labels.ts';

const segment = 'endpoint-management';

/** The platforms that are enabled, and those that can be added. */
export function endpointManagementPage(
  { platforms }: EndpointManagement,
  authorities: readonly AuthorityInfo[],
  viewer: Viewer,
): ConsolePage {
  const enabled = devicePlatforms.filter((platform) => platforms[platform].enabled);
  const canAdd = viewer.role === 'admin' && enabled.length < devicePlatforms.length;
  const add = linkButton(address([segment, 'add']), 'Add platform', 'primary');
  return {
    title: 'Endpoint management',
    area: segment,
    content: html`${pageHead(
        'Endpoint management',
        'On these platforms, a device counts as managed by a certificate of your own certificate authorities. A device of any other platform is refused.',
        canAdd && add,
      )}
      ${
        enabled.length === 0 &&
        emptyState(
          'No platform yet',
          'Add the platforms of your managed devices. Until then, no device counts as managed.',
          canAdd ? add : undefined,
        )
      }
      <div class="columns">
        ${enabled.map((platform) =>
          section(
            `Desktop: ${platformName(platform)}`,
            platformPart(platform, platforms[platform], authorities, viewer),
          ),
        )}
      </div>
      ${
        enabled.length === devicePlatforms.length &&
        html`<p class="small">Every desktop platform is added.</p>`
      }`,
  };
}

function platformPart(
  platform: DevicePlatform,
  trust: PlatformTrust,
  authorities: readonly AuthorityInfo[],
  viewer: Viewer,
): Html {
  const counting = authorities.filter(
    ({ id, disabled }) =>
      !disabled && (trust.authorities === 'all' || trust.authorities.includes(id)),
  );
  return html`${facts([
    ['Devices prove themselves by', 'Your own certificate authority'],
    [
      'Authorities that count',
      html`${trust.authorities === 'all' && html`<div>All, also those added later:</div>`}
      ${counting.map(
        ({ id, certificate }) =>
          html`<div>
            <a href="${address(['certificate-authorities', id])}"
              >${shortName(certificate.subject)}</a
            >
          </div>`,
      )}
      ${counting.length === 0 && badge('warn', 'None: no device counts')}`,
    ],
  ])}
  ${
    viewer.role === 'admin' &&
    html`<div class="form-actions">
      ${linkButton(address([segment, platform]), 'Edit', 'plain', `Edit ${platformName(platform)}`)}
      ${linkButton(address([segment, platform, 'remove']), 'Remove', 'danger', `Remove ${platformName(platform)}`)}
    </div>`
  }`;
}

/** What the form of platforms holds. */
export interface PlatformForm {
  readonly platforms: readonly string[];
  /** `all` or `selected`. */
  readonly scope: string;
  readonly authorities: readonly string[];
  readonly version: number;
  readonly fault?: string | undefined;
}

/** Add platform: Desktop, under one's own certificate authority. */
export function addPlatformPage(
  form: PlatformForm,
  available: readonly DevicePlatform[],
  authorities: readonly AuthorityInfo[],
  viewer: Viewer,
): ConsolePage {
  return {
    title: 'Add platform',
    area: segment,
    content: html`${pageHead('Add platform', 'Device management platform: Desktop.')}
      <div class="card">
        ${postForm(
          address([segment, 'add']),
          viewer.csrfToken,
          html`${faultOf(form)}
          ${choiceGroup({
            name: 'platform',
            label: 'Desktop platforms',
            type: 'checkbox',
            values: form.platforms,
            choices: available.map((value) => ({ value, label: platformName(value) })),
          })}
          ${trustFields(form, authorities)}`,
          'stacked',
        )}
      </div>`,
  };
}

/** One platform. */
export function platformPage(
  platform: DevicePlatform,
  form: PlatformForm,
  authorities: readonly AuthorityInfo[],
  viewer: Viewer,
): ConsolePage {
  const title = `Desktop: ${platformName(platform)}`;
  return {
    title,
    area: segment,
    content: html`${pageHead(title, undefined)}
      <div class="card">
        ${postForm(
          address([segment, platform]),
          viewer.csrfToken,
          html`${faultOf(form)} ${trustFields(form, authorities)}`,
          'stacked',
        )}
      </div>`,
  };
}

function faultOf({ fault }: PlatformForm): Html | false {
  return fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert');
}

function trustFields(form: PlatformForm, authorities: readonly AuthorityInfo[]): Html {
  return html`<input type="hidden" name="version" value="${form.version}" />
    ${choiceGroup({
      name: 'management',
      label: 'Device management',
      type: 'radio',
      values: ['own'],
      choices: [
        {
          value: 'own',
          label: 'Use my own certificate authority',
          hint: 'Devices prove themselves by a client certificate that your device management deploys.',
        },
      ],
    })}
    ${choiceGroup({
      name: 'scope',
      label: 'Certificate authorities that count',
      type: 'radio',
      values: [form.scope],
      choices: [
        { value: 'all', label: 'All', hint: 'Also those that are added later.' },
        { value: 'selected', label: 'Only the ones chosen here' },
      ],
    })}
    ${
      authorities.length > 0 &&
      choiceGroup({
        name: 'authority',
        label: 'Chosen certificate authorities',
        type: 'checkbox',
        values: form.authorities,
        choices: authorities.map(({ id, certificate, disabled }) => ({
          value: id,
          label: shortName(certificate.subject) + (disabled ? ' (disabled)' : ''),
        })),
      })
    }
    <div class="form-actions">
      ${submitButton('Save')} ${linkButton(address([segment]), 'Cancel')}
    </div>`;
}

/**
 * What is asked before a platform is removed.
 *
 * @param devices - how many of its devices there are
 */
export function removalOfPlatform(
  platform: DevicePlatform,
  version: number,
  devices: number,
): Confirmation {
  return {
    title: `Remove ${platformName(platform)}?`,
    area: segment,
    content: html`<p>
        No device of this platform counts as managed from the next sign-in on. The platform can be
        added again.
      </p>
      ${facts([['Its devices in the inventory', counted(devices, 'device')]])}`,
    action: address([segment, platform, 'remove']),
    fields: [['version', version]],
    button: 'Remove platform',
    back: address([segment]),
  };
}
