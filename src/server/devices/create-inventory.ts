/** The inventory over the storage. */
import { randomUuid, type Clock, type RandomSource } from '../../core/index.ts';
import type { ProofEvidence } from '../../verifier/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { Device, DeviceAlarm, DeviceClaims, DeviceStore, Storage } from '../storage/index.ts';
import { DeviceError } from './errors.ts';
import { changeInventorySettings, loadInventorySettings } from './inventory-settings.ts';
import type { Inventory, InventorySettings, Recognition } from './inventory.ts';
import { cloneAlarm, enrol, formerInstances, recognizeKnown } from './recognition.ts';
import { isRenewal } from './same-machine.ts';
import { sightingOf, type Sighting } from './sighting.ts';

/** What {@link createInventory} needs. */
export interface InventoryContext {
  readonly storage: Pick<Storage, 'devices' | 'settings'>;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How soon a change of the settings by another process holds, in milliseconds. */
const maxAge = 1000;

/** Makes the inventory. */
export function createInventory(context: InventoryContext): Inventory {
  const { clock } = context;
  const { devices, settings: store } = context.storage;
  const settings = createRefreshed(() => loadInventorySettings(store), clock, maxAge);
  return {
    recognize: async (evidence) => recognize(context, evidence, await settings.get()),
    find: (id) => findDevice(devices, id),
    list: (query) => devices.list(query),
    async certificates(id) {
      await findDevice(devices, id);
      return devices.certificates(id);
    },
    async setState(id, state) {
      const before = await findDevice(devices, id);
      if (!(await devices.setState(id, state))) throw new DeviceError('device_unknown');
      return before;
    },
    listAlarms: (query) => devices.listAlarms(query),
    findAlarm: (id) => findAlarm(devices, id),
    acknowledge: (id, by, sameDevice) => acknowledge(context, id, by, sameDevice),
    counts: () => devices.counts(),
    expiringByWeek: (weeks) => devices.expiringByWeek(clock.now(), weeks),
    settings: () => loadInventorySettings(store),
    async changeSettings(version, changes) {
      const changed = await changeInventorySettings(store, version, changes);
      settings.invalidate();
      return changed;
    },
  };
}

/** Two proofs of one new device at the same time meet; the second finds what the first has added. */
const attempts = 3;

async function recognize(
  context: InventoryContext,
  evidence: ProofEvidence,
  settings: InventorySettings,
): Promise<Recognition> {
  const { devices } = context.storage;
  const sighting = sightingOf(evidence, context.clock.now());
  for (let attempt = 0; attempt < attempts; attempt++) {
    const device = await findKnown(devices, sighting);
    const { recognition, observation, clone } =
      device === undefined
        ? enrol(randomUuid(context.random), sighting)
        : recognizeKnown(device, sighting, settings);
    if (device !== undefined && clone !== undefined) await raiseAlarm(context, device, clone);
    if (observation === undefined || (await devices.observe(observation))) return recognition;
  }
  throw new Error('a certificate went from device to device while it was looked up');
}

/** By the certificate; a new one by the key in it, or as the renewal of a device's certificate. */
async function findKnown(devices: DeviceStore, sighting: Sighting): Promise<Device | undefined> {
  const { sha256, publicKeySha256 } = sighting.certificate;
  const known =
    (await devices.findByCertificate(sha256)) ?? (await devices.findByPublicKey(publicKeySha256));
  if (known !== undefined) return known;
  for (const device of await devices.findByInstance(sighting.claims.agentInstance)) {
    const certificates = await devices.certificates(device.id);
    const present = certificates.find((certificate) => certificate.sha256 === device.certificate);
    if (present !== undefined && isRenewal(device, present.subject, sighting)) return device;
  }
  return undefined;
}

/** Open alarms of one device; a flood of proofs from ever new agents raises no more. */
const maxOpenAlarms = 20;

/** Raises an alarm, where none is open for this machine. */
async function raiseAlarm(
  { storage: { devices }, clock, random }: InventoryContext,
  device: Device,
  claims: DeviceClaims,
): Promise<void> {
  const query = { device: device.id, open: true, limit: maxOpenAlarms };
  const { items } = await devices.listAlarms(query);
  const isKnown = items.some((alarm) => alarm.claims.agentInstance === claims.agentInstance);
  if (isKnown || items.length >= maxOpenAlarms) return;
  const certificate = await presentCertificate(devices, device);
  const alarm = cloneAlarm(randomUuid(random), device, claims, clock.now());
  await devices.observe({ device, certificate, alarm });
}

async function acknowledge(
  { storage: { devices }, clock }: InventoryContext,
  id: string,
  by: string,
  sameDevice: boolean,
): Promise<void> {
  const alarm = await findAlarm(devices, id);
  if (!(await devices.acknowledgeAlarm(id, by, clock.now()))) {
    throw new DeviceError('alarm_acknowledged');
  }
  if (!sameDevice) return;
  const device = await findDevice(devices, alarm.device);
  const certificate = await presentCertificate(devices, device);
  const former = formerInstances(device, alarm.claims);
  await devices.observe({
    device: { ...device, ...alarm.claims, serial: alarm.claims.serial, formerInstances: former },
    certificate,
  });
}

async function presentCertificate(devices: DeviceStore, device: Device) {
  const certificates = await devices.certificates(device.id);
  const present = certificates.find(({ sha256 }) => sha256 === device.certificate);
  if (present === undefined) throw new Error('a device without its certificate');
  return present;
}

async function findDevice(devices: DeviceStore, id: string): Promise<Device> {
  const device = await devices.find(id);
  if (device === undefined) throw new DeviceError('device_unknown');
  return device;
}

async function findAlarm(devices: DeviceStore, id: string): Promise<DeviceAlarm> {
  const alarm = await devices.findAlarm(id);
  if (alarm === undefined) throw new DeviceError('alarm_unknown');
  return alarm;
}
