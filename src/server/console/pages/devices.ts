/** The inventory: devices, their certificates, alarms. */
import type {
  Device,
  DeviceAlarm,
  DeviceCertificate,
  DeviceCounts,
  Page,
  SignIn,
} from '../../storage/index.ts';
import type { AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  badge,
  distanceElement,
  emptyState,
  facts,
  fingerprint,
  linkButton,
  notice,
  pageHead,
  pager,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textField,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { count, platformName, protectionName, shortName } from './labels.ts';
import { signInTable } from './sign-ins.ts';

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
  const isFiltered = Object.values(filters).some((value) => value !== '');
  return {
    title: 'Devices',
    area: 'devices',
    content: html`${pageHead(
      'Devices',
      html`${count(counts.total, 'device')} in the
      inventory${counts.deactivated > 0 && `, ${counts.deactivated} of them deactivated`}. A device
      stands here from its first good proof on.`,
    )}
    ${filterForm(filters, authorities)}
    ${page.items.length === 0 ? nothing(isFiltered) : deviceTable(page.items, now)}
    ${pager(['devices'], { ...filters }, after, page.next)}`,
  };
}

function nothing(isFiltered: boolean): Html {
  return isFiltered
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
    <div class="form-actions">${submitButton('Search', 'plain')}</div>
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
          html`<a href="${address(['devices', id])}">${hostname === '' ? id : hostname}</a>`,
      },
      { title: 'Serial number', cell: ({ serial }) => serial },
      {
        title: 'System',
        cell: ({ platform, osVersion }) => `${platformName(platform)} ${osVersion}`,
      },
      { title: 'Key', cell: ({ keyProtection }) => protectionName(keyProtection) },
      { title: 'Last seen', cell: ({ lastSeenAt }) => distanceElement(lastSeenAt, now) },
      { title: 'State', cell: stateBadges },
    ],
    devices,
  );
}

function stateBadges({ state, openAlarms }: Device): Html {
  return html`${state === 'active' ? badge('good', 'Active') : badge('neutral', 'Deactivated')}
  ${openAlarms > 0 && badge('bad', count(openAlarms, 'alarm'))}`;
}

/** What the page of one device shows. */
export interface DeviceDetails {
  readonly device: Device;
  readonly certificates: readonly DeviceCertificate[];
  readonly alarms: readonly DeviceAlarm[];
  readonly signIns: readonly SignIn[];
  readonly applications: ReadonlyMap<string, string>;
}

/** One device. */
export function devicePage(details: DeviceDetails, viewer: Viewer, now: Date): ConsolePage {
  const { device, certificates, alarms, signIns, applications } = details;
  const open = alarms.filter(({ acknowledgedAt }) => acknowledgedAt === undefined);
  return {
    title: device.hostname,
    area: 'devices',
    content: html`${pageHead(
        device.hostname === '' ? device.id : device.hostname,
        stateBadges(device),
        viewer.role === 'admin' && stateForm(device, viewer),
      )}
      ${open.map((alarm) => alarmNotice(alarm, viewer, now))}
      <div class="columns">
        ${section('Device', deviceFacts(device))} ${section('Key and agent', agentFacts(device))}
      </div>
      ${section('Certificates', certificateTable(certificates, device, now))}
      ${section('Last sign-ins', lastSignIns(device, signIns, applications))}
      ${
        alarms.length > open.length &&
        section(
          'Acknowledged alarms',
          alarmTable(
            alarms.filter((alarm) => !open.includes(alarm)),
            now,
          ),
        )
      }`,
  };
}

function stateForm({ id, state }: Device, { csrfToken }: Viewer): Html {
  const isActive = state === 'active';
  return postForm(
    address(['devices', id, 'state']),
    csrfToken,
    html`<input type="hidden" name="state" value="${isActive ? 'deactivated' : 'active'}" />
      ${submitButton(isActive ? 'Deactivate' : 'Reactivate', isActive ? 'danger' : 'primary')}`,
  );
}

function deviceFacts(device: Device): Html {
  return html`${facts([
      ['Host name', device.hostname],
      ['Serial number', device.serial],
      ['System', `${platformName(device.platform)} ${device.osVersion}`],
      ['First seen', timeElement(device.firstSeenAt)],
      ['Last seen', timeElement(device.lastSeenAt)],
      ['Id', html`<code>${device.id}</code>`],
    ])}
    <p class="small">
      Name, serial number and system are what the agent says; its certificate is what it proves.
    </p>`;
}

function agentFacts(device: Device): Html {
  return facts([
    ['Key store', device.keyStore],
    ['Key protection', `${protectionName(device.keyProtection)} (the agent’s word)`],
    ['Agent version', device.agentVersion],
    ['Agent installation', html`<code>${device.agentInstance}</code>`],
  ]);
}

function certificateTable(
  certificates: readonly DeviceCertificate[],
  device: Device,
  now: Date,
): Html {
  return table(
    'Certificates of the device',
    [
      {
        title: 'Subject',
        heading: true,
        cell: ({ subject, sha256 }: DeviceCertificate) =>
          html`${subject} ${sha256 === device.certificate && badge('good', 'Current')}`,
      },
      {
        title: 'Issuer',
        cell: ({ issuer, authority }) =>
          html`<a href="${address(['certificate-authorities', authority])}"
            >${shortName(issuer)}</a
          >`,
      },
      { title: 'Ends', cell: ({ notAfter }) => distanceElement(notAfter, now) },
      { title: 'First used', cell: ({ firstSeenAt }) => timeElement(firstSeenAt) },
      { title: 'Last used', cell: ({ lastSeenAt }) => timeElement(lastSeenAt) },
      { title: 'SHA-256', cell: ({ sha256 }) => fingerprint(sha256) },
    ],
    certificates,
  );
}

function lastSignIns(
  device: Device,
  signIns: readonly SignIn[],
  applications: ReadonlyMap<string, string>,
): Html {
  if (signIns.length === 0) return html`<p class="small">None is kept.</p>`;
  return html`${signInTable(signIns, applications)}
    <p>
      <a href="${address(['sign-ins'], { device: device.id })}">All sign-ins of this device</a>
    </p>`;
}

/** The list of alarms. */
export function alarmsPage(
  page: Page<DeviceAlarm>,
  filters: { readonly show: '' | 'all' },
  after: string | undefined,
  viewer: Viewer,
  now: Date,
): ConsolePage {
  const showsAll = filters.show === 'all';
  return {
    title: 'Alarms',
    area: 'alarms',
    content: html`${pageHead(
      'Alarms',
      'Raised where a device’s certificate is used on what looks like another machine: its private key may have been copied.',
      showsAll
        ? linkButton(address(['alarms']), 'Show open ones')
        : linkButton(address(['alarms'], { show: 'all' }), 'Show all'),
    )}
    ${
      page.items.length === 0 &&
      emptyState(
        showsAll ? 'No alarm so far' : 'No open alarms',
        'Nothing looks like a copied certificate.',
      )
    }
    ${page.items.map((alarm) => alarmNotice(alarm, viewer, now))}
    ${pager(['alarms'], filters, after, page.next)}`,
  };
}

function alarmNotice(alarm: DeviceAlarm, viewer: Viewer, now: Date): Html {
  const { id, device, at, message, claims, acknowledgedAt, acknowledgedBy } = alarm;
  const isOpen = acknowledgedAt === undefined;
  return notice(
    isOpen ? 'bad' : 'neutral',
    html`<p class="notice-title">
        Possible copy of a device certificate, ${distanceElement(at, now)}
      </p>
      <p>${message}</p>
      ${facts([
        ['Device', html`<a href="${address(['devices', device])}">${device}</a>`],
        [
          'The other machine says',
          `${claims.hostname}, ${platformName(claims.platform)} ${claims.osVersion}`,
        ],
        ['Its serial number', claims.serial],
        ['Its agent', claims.agentInstance],
        [
          'Acknowledged',
          acknowledgedAt && html`${timeElement(acknowledgedAt)} by ${acknowledgedBy}`,
        ],
      ])}
      ${isOpen && viewer.role === 'admin' && acknowledgeForm(id, viewer)}`,
  );
}

function acknowledgeForm(id: string, { csrfToken }: Viewer): Html {
  return postForm(
    address(['alarms', id, 'acknowledge']),
    csrfToken,
    html`${submitButton('Acknowledge', 'plain', { name: 'same', value: 'no' })}
    ${submitButton('It is the same device', 'plain', { name: 'same', value: 'yes' })}`,
    'form-actions',
  );
}

function alarmTable(alarms: readonly DeviceAlarm[], now: Date): Html {
  return table(
    'Acknowledged alarms',
    [
      { title: 'Raised', heading: true, cell: ({ at }: DeviceAlarm) => distanceElement(at, now) },
      { title: 'Other machine', cell: ({ claims }) => claims.hostname },
      { title: 'Acknowledged by', cell: ({ acknowledgedBy }) => acknowledgedBy },
    ],
    alarms,
  );
}
