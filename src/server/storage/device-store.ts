import type { Page, PageQuery } from './paging.ts';

/** A deactivated device is refused whatever its certificate says. */
export type DeviceState = 'active' | 'deactivated';

/** What the agent said of a device in its last proof: claims, not evidence. */
export interface DeviceClaims {
  readonly platform: string;
  readonly osVersion: string;
  readonly hostname: string;
  readonly serial?: string | undefined;
  readonly agentVersion: string;
  /** The agent installation, `urn:uuid:…`. */
  readonly agentInstance: string;
  readonly keyStore: string;
  readonly keyProtection: string;
}

/** A device that has proved itself at least once. */
export interface Device extends DeviceClaims {
  readonly id: string;
  readonly state: DeviceState;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** Hexadecimal SHA-256 of the certificate that it last proved itself with. */
  readonly certificate: string;
  /** Agent installations that it had before, the last one first; at most 8. */
  readonly formerInstances: readonly string[];
  /** Alarms that nobody has acknowledged. */
  readonly openAlarms: number;
}

/** A certificate that a device has proved itself with. One certificate belongs to one device. */
export interface DeviceCertificate {
  /** Hexadecimal SHA-256 of the DER. */
  readonly sha256: string;
  /** The device's id. */
  readonly device: string;
  /** Hexadecimal SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeySha256: string;
  /** RFC 4514 text. */
  readonly subject: string;
  /** RFC 4514 text. */
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Id of the certificate authority that the path ended at. */
  readonly authority: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

/** Something about a device that an administrator has to look at. */
export interface DeviceAlarm {
  readonly id: string;
  /** The device's id. */
  readonly device: string;
  /** `clone`: its certificate was used on what looks like another machine. */
  readonly kind: 'clone';
  readonly at: Date;
  /** A sentence. */
  readonly message: string;
  /** What the other machine said of itself. */
  readonly claims: DeviceClaims;
  readonly acknowledgedAt?: Date | undefined;
  /** Who acknowledged it. */
  readonly acknowledgedBy?: string | undefined;
}

/** What one proof changes in the inventory; all of it or nothing. */
export interface DeviceObservation {
  /** The device as it is from now on; written where it is new or already there. */
  readonly device: Omit<Device, 'openAlarms'>;
  /** The certificate of the proof; written where it is new, else its `lastSeenAt` is. */
  readonly certificate: DeviceCertificate;
  readonly alarm?: DeviceAlarm | undefined;
}

/** Which devices to list. Filters that are given must all fit. */
export interface DeviceQuery extends PageQuery {
  /** Start of the host name, the serial number or the current certificate's subject's common name,
   *  without regard to case, or a certificate's whole SHA-256. */
  readonly text?: string | undefined;
  readonly platform?: string | undefined;
  readonly state?: DeviceState | undefined;
  /** True for those with open alarms. */
  readonly alarmed?: boolean | undefined;
  /** Whose current certificate ends before a moment. */
  readonly expiringBefore?: Date | undefined;
  /** Whose current certificate was issued under this authority. */
  readonly authority?: string | undefined;
}

/** Which alarms to list, youngest first. */
export interface AlarmQuery extends PageQuery {
  readonly device?: string | undefined;
  /** True for those that nobody has acknowledged. */
  readonly open?: boolean | undefined;
}

/** How many devices there are. */
export interface DeviceCounts {
  readonly total: number;
  readonly deactivated: number;
  readonly openAlarms: number;
  readonly byPlatform: Readonly<Record<string, number>>;
}

/** Devices' certificates that end in one week. */
export interface ExpiringWeek {
  /** The week's first moment, Monday, UTC. */
  readonly start: Date;
  readonly certificates: number;
}

/** Devices, the certificates they have proved themselves with, and alarms about them. */
export interface DeviceStore {
  /**
   * Writes what a proof showed, atomically.
   *
   * @returns false, with nothing written, where the certificate belongs to another device by now
   */
  observe(observation: DeviceObservation): Promise<boolean>;
  find(id: string): Promise<Device | undefined>;
  /** @param sha256 - hexadecimal SHA-256 of any of the device's certificates */
  findByCertificate(sha256: string): Promise<Device | undefined>;
  /** @param publicKeySha256 - hexadecimal SHA-256 of the SubjectPublicKeyInfo of any of its certificates */
  findByPublicKey(publicKeySha256: string): Promise<Device | undefined>;
  /** Devices that last named this agent installation, the one seen last first; at most 10. */
  findByInstance(agentInstance: string): Promise<readonly Device[]>;
  /** The one seen last first. */
  list(query: DeviceQuery): Promise<Page<Device>>;
  /** Every certificate of a device, the one seen last first. */
  certificates(device: string): Promise<readonly DeviceCertificate[]>;
  /** @returns false where there is no such device */
  setState(id: string, state: DeviceState): Promise<boolean>;
  listAlarms(query: AlarmQuery): Promise<Page<DeviceAlarm>>;
  findAlarm(id: string): Promise<DeviceAlarm | undefined>;
  /** @returns false where there is no such alarm or it was acknowledged before */
  acknowledgeAlarm(id: string, by: string, at: Date): Promise<boolean>;
  counts(): Promise<DeviceCounts>;
  /** Current certificates of active devices, by the week of their end, from a moment on. */
  expiringByWeek(from: Date, weeks: number): Promise<readonly ExpiringWeek[]>;
}
