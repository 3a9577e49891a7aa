/** The inventory of devices (docs/devices.md): interfaces. */
import type { JsonValue } from '../../core/index.ts';
import type { ProofEvidence } from '../../verifier/index.ts';
import type {
  AlarmQuery,
  Device,
  DeviceAlarm,
  DeviceCertificate,
  DeviceCounts,
  DeviceQuery,
  DeviceState,
  ExpiringWeek,
  Page,
} from '../storage/index.ts';
import type { DeviceRefusalCode } from './errors.ts';

/** What the inventory says of a device whose proof is good. */
export interface Recognition {
  /** The device's id. */
  readonly device: string;
  /** Undefined where it counts. */
  readonly refusal?: DeviceRefusalCode | undefined;
  /** A sentence. */
  readonly message: string;
}

/** What administrators set for the inventory. */
export interface InventorySettings {
  /** What becomes of a proof that looks like one from a copy: an alarm is raised either way. */
  readonly clones: 'refuse' | 'alarm';
  /** Goes up by one with each change; 0 as long as nobody has changed anything. */
  readonly version: number;
}

/** The devices that have proved themselves. */
export interface Inventory {
  /**
   * Finds the device of a good proof, or adds it, and writes down what is new.
   *
   * @param evidence - of a proof whose verdict is "managed" so far
   */
  recognize(evidence: ProofEvidence): Promise<Recognition>;
  /** @throws DeviceError `device_unknown` */
  find(id: string): Promise<Device>;
  /** The one seen last first. @throws ServerError `cursor_invalid` */
  list(query: DeviceQuery): Promise<Page<Device>>;
  /** Every certificate of a device, the one seen last first. @throws DeviceError `device_unknown` */
  certificates(id: string): Promise<readonly DeviceCertificate[]>;
  /**
   * Deactivates or reactivates a device; holds at once, in all processes.
   *
   * @returns the device before
   * @throws DeviceError `device_unknown`
   */
  setState(id: string, state: DeviceState): Promise<Device>;
  /** Youngest first. @throws ServerError `cursor_invalid` */
  listAlarms(query: AlarmQuery): Promise<Page<DeviceAlarm>>;
  /** @throws DeviceError `alarm_unknown` */
  findAlarm(id: string): Promise<DeviceAlarm>;
  /**
   * Acknowledges an alarm.
   *
   * @param by - the administrator's name
   * @param sameDevice - true where it was no copy: the device is from now on the machine that the
   *   alarm was raised for
   * @throws DeviceError `alarm_unknown`, `alarm_acknowledged`
   */
  acknowledge(id: string, by: string, sameDevice: boolean): Promise<void>;
  counts(): Promise<DeviceCounts>;
  /** Current certificates of active devices, by the week of their end, from now on. */
  expiringByWeek(weeks: number): Promise<readonly ExpiringWeek[]>;
  settings(): Promise<InventorySettings>;
  /**
   * Changes the settings.
   *
   * @param version - of the settings that the change was made from
   * @throws DeviceError `device_settings_invalid`, `device_settings_changed`
   */
  changeSettings(
    version: number,
    changes: { readonly clones?: JsonValue },
  ): Promise<InventorySettings>;
}
