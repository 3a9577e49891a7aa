/** Alarms: certificates that were used on what looks like another machine. */
import type { DeviceAlarm, Page } from '../../storage/index.ts';
import {
  address,
  distanceElement,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  pager,
  postForm,
  submitButton,
  table,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { systemName } from './labels.ts';

/** The list of alarms. */
export function alarmsPage(
  page: Page<DeviceAlarm>,
  /** Host names by the ids of devices. */
  names: ReadonlyMap<string, string>,
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
    ${page.items.map((alarm) => alarmNotice(alarm, viewer, now, names.get(alarm.device) ?? alarm.device))}
    ${pager(['alarms'], filters, after, page.next)}`,
  };
}

/**
 * One alarm in full.
 *
 * @param name - its device's; undefined on the page of the device itself
 */
export function alarmNotice(
  alarm: DeviceAlarm,
  viewer: Viewer,
  now: Date,
  name: string | undefined,
): Html {
  const { id, device, at, message, claims, acknowledgedAt, acknowledgedBy } = alarm;
  const isOpen = acknowledgedAt === undefined;
  return notice(
    isOpen ? 'bad' : 'neutral',
    html`<p class="notice-title">
        Possible copy of a device certificate, ${distanceElement(at, now)}
      </p>
      <p>${message}</p>
      ${facts([
        [
          'Device',
          name !== undefined && html`<a href="${address(['devices', device])}">${name}</a>`,
        ],
        ['Other machine', `${claims.hostname}, ${systemName(claims)}`],
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
  return html`<p class="small">
      Acknowledging closes the alarm, no more. As the same device, the other machine takes its place
      in the inventory.
    </p>
    ${postForm(
      address(['alarms', id, 'acknowledge']),
      csrfToken,
      html`${submitButton('Acknowledge', 'plain', { name: 'same', value: 'no' })}
      ${submitButton('It is the same device', 'plain', { name: 'same', value: 'yes' })}`,
      'form-actions',
    )}`;
}

/** Alarms that have been dealt with. */
export function alarmTable(alarms: readonly DeviceAlarm[], now: Date): Html {
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
