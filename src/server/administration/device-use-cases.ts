/** The inventory and its alarms. */
import type { Acting } from './acting.ts';
import type { AlarmUseCases, DeviceUseCases } from './administration.ts';
import type { AdministrationContext } from './context.ts';

/** The inventory. */
export function deviceUseCases(
  { inventory }: AdministrationContext,
  { change }: Acting,
): DeviceUseCases {
  return {
    list: (query) => inventory.list(query),
    find: (id) => inventory.find(id),
    certificates: (id) => inventory.certificates(id),
    setState: (id, state) =>
      change(`device.${state === 'active' ? 'reactivate' : 'deactivate'}`, async () => {
        const before = await inventory.setState(id, state);
        const result = await inventory.find(id);
        return { result, target: id, before: { state: before.state }, after: { state } };
      }),
    counts: () => inventory.counts(),
    settings: () => inventory.settings(),
    changeSettings: (version, changes) =>
      change('inventory.change', async () => {
        const before = await inventory.settings();
        const result = await inventory.changeSettings(version, changes);
        return { result, before, after: result };
      }),
  };
}

/** Alarms about devices. */
export function alarmUseCases(
  { inventory }: AdministrationContext,
  { actor, change }: Acting,
): AlarmUseCases {
  return {
    list: (query) => inventory.listAlarms(query),
    find: (id) => inventory.findAlarm(id),
    acknowledge: (id, sameDevice) =>
      change('alarm.acknowledge', async () => {
        const { device, kind, claims } = await inventory.findAlarm(id);
        await inventory.acknowledge(id, actor.name, sameDevice);
        const result = await inventory.findAlarm(id);
        return { result, target: id, before: { device, kind, claims }, after: { sameDevice } };
      }),
  };
}
