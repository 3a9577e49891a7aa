/** One device: what it says, its certificates, its alarms, and what is asked before it is deactivated. */
import type { Device, DeviceAlarm, DeviceCertificate, SignIn } from '../../storage/index.ts';
import {
  address,
  badge,
  dayElement,
  distanceElement,
  facts,
  fingerprint,
  pageHead,
  postForm,
  section,
  submitButton,
  table,
  timeElement,
  type ConsolePage,
  type Viewer,
  linkButton,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { protectionName, shortName, deviceName, systemName } from './labels.ts';
import { signInTable } from './sign-ins.ts';
import { alarmNotice, alarmTable } from './alarms.ts';
import { stateBadges } from './devices.ts';
import type { Confirmation } from './confirmation.ts';

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
    title: deviceName(device),
    area: 'devices',
    content: html`${pageHead(
        deviceName(device),
        stateBadges(device),
        viewer.role === 'admin' && stateForm(device, viewer),
      )}
      ${open.map((alarm) => alarmNotice(alarm, viewer, now, undefined))}
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
  return isActive
    ? linkButton(address(['devices', id, 'deactivate']), 'Deactivate', 'danger')
    : postForm(
        address(['devices', id, 'state']),
        csrfToken,
        html`<input type="hidden" name="state" value="active" /> ${submitButton('Reactivate')}`,
      );
}

/**
 * What is asked before a device is deactivated.
 *
 * @param last - its last sign-in, where one is kept
 */
export function deactivationOfDevice(
  device: Device,
  last: SignIn | undefined,
  now: Date,
): Confirmation {
  return {
    title: `Deactivate ${deviceName(device)}?`,
    area: 'devices',
    content: html`<p>
        Whoever works on this device is refused from the next sign-in on, where managed devices are
        asked for. It can be reactivated.
      </p>
      ${facts([
        ['System', systemName(device)],
        ['Serial number', device.serial],
        ['Last seen', distanceElement(device.lastSeenAt, now)],
        ['Last person', last?.user],
      ])}`,
    action: address(['devices', device.id, 'state']),
    fields: [['state', 'deactivated']],
    button: 'Deactivate device',
    back: address(['devices', device.id]),
  };
}

function deviceFacts(device: Device): Html {
  return html`${facts([
      ['Host name', device.hostname],
      ['Serial number', device.serial],
      ['System', systemName(device)],
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
        title: 'Certificate',
        heading: true,
        cell: ({ subject, sha256 }: DeviceCertificate) =>
          html`${subject} ${sha256 === device.certificate && badge('good', 'Current')}
            <div class="small">SHA-256 ${fingerprint(sha256)}</div>`,
      },
      {
        title: 'Issuer',
        cell: ({ issuer, authority }) =>
          html`<a href="${address(['certificate-authorities', authority])}"
            >${shortName(issuer)}</a
          >`,
      },
      { title: 'Ends', cell: ({ notAfter }) => dayElement(notAfter, now) },
      { title: 'First used', cell: ({ firstSeenAt }) => distanceElement(firstSeenAt, now) },
      { title: 'Last used', cell: ({ lastSeenAt }) => distanceElement(lastSeenAt, now) },
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
