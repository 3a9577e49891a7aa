import type { Administration } from '../../administration/index.ts';
import type { DeviceAlarm, DeviceQuery } from '../../storage/index.ts';
import type { Fields } from '../form.ts';
import { address } from '../markup/index.ts';
import { alarmsPage } from '../pages/alarms.ts';
import { confirmationPage } from '../pages/confirmation.ts';
import { deactivationOfDevice, devicePage } from '../pages/device.ts';
import { devicesPage, type DeviceFilters } from '../pages/devices.ts';
import { deviceName } from '../pages/labels.ts';
import { goTo, show, type ConsoleRequest, type ConsoleScope } from '../scope.ts';

const pageSize = 50;
const alarmPageSize = 20;
const day = 86_400_000;

/** Adds the inventory and its alarms. */
export function registerDevices({ page, adminPage, action }: ConsoleScope): void {
  page('/devices', async ({ administration, query, now }) => {
    const filters = readFilters(query);
    const after = query.text('after') || undefined;
    const [devices, counts, authorities] = await Promise.all([
      administration.devices.list({ ...toQuery(filters, now), limit: pageSize, after }),
      administration.devices.counts(),
      administration.authorities.list(),
    ]);
    return show(devicesPage(devices, filters, after, counts, authorities, now));
  });
  page('/devices/:id', async (request) => {
    const details = await readDevice(request);
    return show(devicePage(details, request.viewer, request.now));
  });
  adminPage('/devices/:id/deactivate', async ({ administration, param, viewer, now }) => {
    const device = await administration.devices.find(param('id'));
    const { items } = await administration.signIns.list({ device: device.id, limit: 1 });
    return show(confirmationPage(deactivationOfDevice(device, items[0], now), viewer));
  });
  action('/devices/:id/state', async ({ administration, form, param }) => {
    const id = param('id');
    const state = form.choice('state', ['active', 'deactivated']);
    await administration.devices.setState(id, state);
    return goTo(
      ['devices', id],
      state === 'active' ? 'The device counts again.' : 'The device is refused from now on.',
    );
  });
  page('/alarms', async ({ administration, query, viewer, now }) => {
    const filters = { show: query.choice('show', ['', 'all']) };
    const after = query.text('after') || undefined;
    const alarms = await administration.alarms.list({
      ...(filters.show === 'all' ? {} : { open: true }),
      limit: alarmPageSize,
      after,
    });
    const names = await namesOf(administration, alarms.items);
    return show(alarmsPage(alarms, names, filters, after, viewer, now));
  });
  action('/alarms/:id/acknowledge', async ({ administration, form, param }) => {
    const isSameDevice = form.text('same') === 'yes';
    const { device } = await administration.alarms.acknowledge(param('id'), isSameDevice);
    const text = isSameDevice
      ? 'The alarm is acknowledged; the device is now the machine it was raised for.'
      : 'The alarm is acknowledged.';
    return { location: address(['devices', device]), flash: { tone: 'good', text } };
  });
}

async function namesOf(
  { devices }: Administration,
  alarms: readonly DeviceAlarm[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(alarms.map(({ device }) => device))];
  const found = await Promise.all(ids.map((id) => devices.find(id)));
  return new Map(found.map((device) => [device.id, deviceName(device)]));
}

async function readDevice({ administration, param }: ConsoleRequest) {
  const device = await administration.devices.find(param('id'));
  const { id } = device;
  const [certificates, alarms, signIns, applications] = await Promise.all([
    administration.devices.certificates(id),
    administration.alarms.list({ device: id, limit: alarmPageSize }),
    administration.signIns.list({ device: id, limit: 10 }),
    administration.applications.list(),
  ]);
  return {
    device,
    certificates,
    alarms: alarms.items,
    signIns: signIns.items,
    applications: new Map(applications.map((application) => [application.id, application.name])),
  };
}

function readFilters(query: Fields): DeviceFilters {
  return {
    text: query.text('text'),
    platform: query.text('platform'),
    state: query.choice('state', ['', 'active', 'deactivated']),
    alarmed: query.choice('alarmed', ['', 'yes']),
    expiring: query.choice('expiring', ['', '7', '30', '90']),
    authority: query.text('authority'),
  };
}

function toQuery(filters: DeviceFilters, now: Date): Omit<DeviceQuery, 'limit' | 'after'> {
  const { text, platform, state, alarmed, expiring, authority } = filters;
  return {
    ...(text === '' ? {} : { text }),
    ...(platform === '' ? {} : { platform }),
    ...(state === '' ? {} : { state }),
    ...(alarmed === '' ? {} : { alarmed: true }),
    ...(expiring === ''
      ? {}
      : { expiringBefore: new Date(now.getTime() + Number(expiring) * day) }),
    ...(authority === '' ? {} : { authority }),
  };
}
