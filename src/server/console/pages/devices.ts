/** The inventory: devices, searched and filtered. */
import { counted } from '../../../core/index.ts';
import type { Device, DeviceCounts, Page } from '../../storage/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  badge,
  distanceElement,
  emptyState,
  linkButton,
  pageHead,
  pager,
  selectField,
  submitButton,
  table,
  textField,
  type ConsolePage,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { platformName, protectionName, shortName, deviceName, systemName } from './labels.ts';

/** What the list is filtered by, as the address says it. */
export interface DeviceFilters {
  readonly text: string;
  readonly platform: string;
  readonly state: '' | 'active' | 'deactivated';
  readonly alarmed: '' | 'yes';
  /** Days within which the certificate ends. */
  readonly expiring: '' | '7' | '30' | '90';
  readonly authority: string;
}

/** The list. */
export function devicesPage(
  page: Page<Device>,
  filters: DeviceFilters,
  after: string | undefined,
  counts: DeviceCounts,
  authorities: readonly AuthorityInfo[],
  now: Date,
): ConsolePage {
  return {
    title: 'Devices',
    area: 'devices',
    content: html`${pageHead(
      'Devices',
      html`${counted(counts.total, 'device')} in the
      inventory${counts.deactivated > 0 && `, ${counts.deactivated} of them deactivated`}. A device
      stands here from its first good proof on.`,
    )}
    ${filterForm(filters, authorities)}
    ${page.items.length === 0 ? nothing(isFiltered(filters)) : deviceTable(page.items, now)}
    ${pager(['devices'], { ...filters }, after, page.next)}`,
  };
}

function isFiltered(filters: DeviceFilters): boolean {
  return Object.values(filters).some((value) => value !== '');
}

function nothing(isSearch: boolean): Html {
  return isSearch
    ? emptyState(
        'No device fits',
        'Searches find the start of a host name, serial number or common name, or a certificate’s whole SHA-256.',
        linkButton(address(['devices']), 'Show all'),
      )
    : emptyState('No devices yet', 'The first good proof of a device puts it here.');
}

function filterForm(filters: DeviceFilters, authorities: readonly AuthorityInfo[]): Html {
  return html`<form
    method="get"
    action="${address(['devices'])}"
    class="card filters"
    role="search"
  >
    ${textField({ name: 'text', label: 'Name or serial number', type: 'search', value: filters.text })}
    ${selectField({
      name: 'platform',
      label: 'Platform',
      value: filters.platform,
      choices: ['', 'windows', 'macos', 'linux'].map((value) => ({
        value,
        label: value === '' ? 'All' : platformName(value),
      })),
    })}
    ${selectField({
      name: 'state',
      label: 'State',
      value: filters.state,
      choices: [
        { value: '', label: 'All' },
        { value: 'active', label: 'Active' },
        { value: 'deactivated', label: 'Deactivated' },
      ],
    })}
    ${selectField({
      name: 'alarmed',
      label: 'Alarms',
      value: filters.alarmed,
      choices: [
        { value: '', label: 'All' },
        { value: 'yes', label: 'With open alarms' },
      ],
    })}
    ${selectField({
      name: 'expiring',
      label: 'Certificate ends',
      value: filters.expiring,
      choices: [
        { value: '', label: 'Any time' },
        ...['7', '30', '90'].map((value) => ({ value, label: `within ${value} days` })),
      ],
    })}
    ${selectField({
      name: 'authority',
      label: 'Certificate authority',
      value: filters.authority,
      choices: [
        { value: '', label: 'All' },
        ...authorities.map(({ id, certificate }) => ({
          value: id,
          label: shortName(certificate.subject),
        })),
      ],
    })}
    <div class="form-actions">
      ${submitButton('Search', 'plain')}
      ${isFiltered(filters) && linkButton(address(['devices']), 'Clear')}
    </div>
  </form>`;
}

function deviceTable(devices: readonly Device[], now: Date): Html {
  return table(
    'Devices',
    [
      {
        title: 'Host name',
        heading: true,
        cell: ({ id, hostname }: Device) =>
          html`<a href="${address(['devices', id])}">${deviceName({ id, hostname })}</a>`,
      },
      { title: 'Serial number', cell: ({ serial }) => serial },
      {
        title: 'System',
        cell: ({ platform, osVersion }) => systemName({ platform, osVersion }),
      },
      { title: 'Key', short: true, cell: ({ keyProtection }) => protectionName(keyProtection) },
      { title: 'Last seen', cell: ({ lastSeenAt }) => distanceElement(lastSeenAt, now) },
      { title: 'State', cell: stateBadges },
    ],
    devices,
  );
}

/** How a device stands. */
export function stateBadges({ state, openAlarms }: Device): Html {
  return html`${state === 'active' ? badge('good', 'Active') : badge('neutral', 'Deactivated')}
  ${openAlarms > 0 && badge('bad', counted(openAlarms, 'alarm'))}`;
}
