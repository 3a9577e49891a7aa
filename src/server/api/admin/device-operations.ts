/** The inventory of devices and its alarms. */
import { devicePlatforms } from '../../../protocol/index.ts';
import type { DeviceState } from '../../storage/index.ts';
import {
  flag,
  list,
  moment,
  object,
  oneOf,
  page,
  ref,
  sha256,
  text,
  whole,
} from './json-schema.ts';
import { json, operation, type Operation } from './operation.ts';
import { pageParameters, toMoment, toPage, type PageParameters } from './queries.ts';

const tag = 'Devices';
const devicePath = '/devices/{id}';

interface DeviceParameters extends PageParameters {
  readonly text?: string;
  readonly platform?: string;
  readonly state?: DeviceState;
  readonly alarmed?: boolean;
  readonly expiringBefore?: string;
  readonly authority?: string;
}

/** The inventory. */
export const deviceOperations: readonly Operation[] = [
  operation<undefined, DeviceParameters>({
    ...{ id: 'listDevices', method: 'GET', path: '/devices', tag },
    ...{ summary: 'Lists devices, the one seen last first', role: 'auditor' },
    query: {
      ...pageParameters,
      text: text(256, {
        description:
          'Start of the host name, the serial number or the subject’s common name, or a whole SHA-256 of a certificate.',
      }),
      platform: oneOf(...devicePlatforms),
      state: oneOf('active', 'deactivated'),
      alarmed: { ...flag, description: 'True: those with open alarms.' },
      expiringBefore: moment,
      authority: sha256,
    },
    ...{ answer: json(page('devices', ref('Device'))), refusals: [422] },
    handle: async ({ administration, query }) => {
      const { items, next } = await administration.devices.list({
        ...query,
        ...toPage(query),
        expiringBefore: toMoment(query.expiringBefore),
      });
      return { devices: items, next };
    },
  }),
  operation({
    ...{ id: 'getDevice', method: 'GET', path: devicePath, tag },
    ...{ summary: 'Shows a device', role: 'auditor' },
    ...{ answer: json(ref('Device')), refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.devices.find(id),
  }),
  operation<{ state: DeviceState }>({
    ...{ id: 'changeDevice', method: 'PATCH', path: devicePath, tag },
    ...{ summary: 'Deactivates or reactivates a device', role: 'admin' },
    body: { kind: 'json', schema: object({ state: oneOf('active', 'deactivated') }) },
    ...{ answer: json(ref('Device')), refusals: [404] },
    handle: ({ administration, params: { id = '' }, body: { state } }) =>
      administration.devices.setState(id, state),
  }),
  operation({
    ...{ id: 'listDeviceCertificates', method: 'GET', path: `${devicePath}/certificates`, tag },
    ...{ summary: 'Lists every certificate of a device, the one seen last first', role: 'auditor' },
    answer: json(object({ certificates: list(ref('DeviceCertificate')) })),
    refusals: [404],
    handle: async ({ administration, params: { id = '' } }) => ({
      certificates: await administration.devices.certificates(id),
    }),
  }),
  operation({
    ...{ id: 'getInventorySettings', method: 'GET', path: '/inventory-settings', tag },
    ...{ summary: 'Shows the settings of the inventory', role: 'auditor' },
    answer: json(ref('InventorySettings')),
    handle: ({ administration }) => administration.devices.settings(),
  }),
  operation<{ version: number; clones: string }>({
    ...{ id: 'changeInventorySettings', method: 'PATCH', path: '/inventory-settings', tag },
    ...{ summary: 'Changes what becomes of proofs that look copied', role: 'admin' },
    body: {
      kind: 'json',
      schema: object({ version: whole(), clones: oneOf('refuse', 'alarm') }),
    },
    ...{ answer: json(ref('InventorySettings')), refusals: [409, 422] },
    handle: ({ administration, body: { version, ...changes } }) =>
      administration.devices.changeSettings(version, changes),
  }),
];

const alarmTag = 'Alarms';

interface AlarmParameters extends PageParameters {
  readonly device?: string;
  readonly open?: boolean;
}

/** Alarms about devices. */
export const alarmOperations: readonly Operation[] = [
  operation<undefined, AlarmParameters>({
    ...{ id: 'listAlarms', method: 'GET', path: '/alarms', tag: alarmTag },
    ...{ summary: 'Lists alarms, youngest first', role: 'auditor' },
    query: {
      ...pageParameters,
      device: text(100),
      open: { ...flag, description: 'True: those that nobody has acknowledged.' },
    },
    ...{ answer: json(page('alarms', ref('Alarm'))), refusals: [422] },
    handle: async ({ administration, query }) => {
      const { items, next } = await administration.alarms.list({ ...query, ...toPage(query) });
      return { alarms: items, next };
    },
  }),
  operation({
    ...{ id: 'getAlarm', method: 'GET', path: '/alarms/{id}', tag: alarmTag },
    ...{ summary: 'Shows an alarm', role: 'auditor' },
    ...{ answer: json(ref('Alarm')), refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.alarms.find(id),
  }),
  operation<{ sameDevice: boolean }>({
    ...{ id: 'acknowledgeAlarm', method: 'POST', tag: alarmTag },
    path: '/alarms/{id}/acknowledgement',
    summary: 'Acknowledges an alarm; sameDevice tells that it was no copy',
    role: 'admin',
    body: { kind: 'json', schema: object({ sameDevice: flag }) },
    ...{ answer: json(ref('Alarm')), refusals: [404, 409] },
    handle: ({ administration, params: { id = '' }, body: { sameDevice } }) =>
      administration.alarms.acknowledge(id, sameDevice),
  }),
];
