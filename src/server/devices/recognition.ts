/** What a sighting means for the inventory. Pure. */
import type { Device, DeviceAlarm, DeviceClaims, DeviceObservation } from '../storage/index.ts';
import { deviceRefusalReasons } from './errors.ts';
import type { InventorySettings, Recognition } from './inventory.ts';
import { compareMachine } from './same-machine.ts';
import type { Sighting } from './sighting.ts';

/** What a device's `lastSeenAt` may lag behind, in milliseconds: not every sign-in is a write. */
const lastSeenPrecision = 60_000;

const maxFormerInstances = 8;

/** What to answer and what to write. */
export interface RecognitionPlan {
  readonly recognition: Recognition;
  /** Undefined where nothing is new. */
  readonly observation?: DeviceObservation;
  /** What the machine said that an alarm is to be raised for. */
  readonly clone?: DeviceClaims;
}

/** A device that was not known before. */
export function enrol(id: string, { at, claims, certificate }: Sighting): RecognitionPlan {
  return {
    recognition: { device: id, message: 'The device is new in the inventory.' },
    observation: {
      device: {
        ...claims,
        id,
        state: 'active',
        firstSeenAt: at,
        lastSeenAt: at,
        certificate: certificate.sha256,
        formerInstances: [],
      },
      certificate: { ...certificate, device: id },
    },
  };
}

/** A device that its certificate, or the key in it, or a renewal leads to. */
export function recognizeKnown(
  device: Device,
  sighting: Sighting,
  settings: Pick<InventorySettings, 'clones'>,
): RecognitionPlan {
  if (device.state === 'deactivated') return { recognition: refuse(device, 'device_deactivated') };
  const machine = compareMachine(device, sighting.claims);
  // Whoever holds a key that is in two places proves nothing with it: none of them counts.
  const isRefused = settings.clones === 'refuse' && (machine === 'other' || device.openAlarms > 0);
  const clone = machine === 'other' ? { clone: sighting.claims } : {};
  if (isRefused) return { recognition: refuse(device, 'device_cloned'), ...clone };
  if (machine === 'other') {
    const message = 'The device is known, but its certificate was used on another machine too.';
    return { recognition: { device: device.id, message }, ...clone };
  }
  const isNewCertificate = device.certificate !== sighting.certificate.sha256;
  const observation = observe(device, sighting);
  return {
    recognition: { device: device.id, message: describe(machine, isNewCertificate) },
    ...(observation === undefined ? {} : { observation }),
  };
}

function refuse(device: Device, code: keyof typeof deviceRefusalReasons): Recognition {
  return { device: device.id, refusal: code, message: deviceRefusalReasons[code] };
}

function describe(machine: 'same' | 'reinstalled', isNewCertificate: boolean): string {
  if (isNewCertificate)
    return 'The device is known in the inventory, by another certificate so far.';
  if (machine === 'reinstalled') {
    return 'The device is known in the inventory; its agent was installed anew.';
  }
  return 'The device is known in the inventory.';
}

function observe(
  device: Device,
  { at, claims, certificate }: Sighting,
): DeviceObservation | undefined {
  const seen = { ...device, ...claims, certificate: certificate.sha256 };
  const isSame = memberNames.every((member) => seen[member] === device[member]);
  const age = at.getTime() - device.lastSeenAt.getTime();
  if (isSame && age < lastSeenPrecision) return undefined;
  return {
    device: {
      ...seen,
      // A clock that was stepped back does not make a device look unseen.
      lastSeenAt: age > 0 ? at : device.lastSeenAt,
      formerInstances: formerInstances(device, claims),
    },
    certificate: { ...certificate, device: device.id },
  };
}

const memberNames = [
  'platform',
  'osVersion',
  'hostname',
  'serial',
  'agentVersion',
  'agentInstance',
  'keyStore',
  'keyProtection',
  'certificate',
] as const;

/** The installations that a device had before it has this one. */
export function formerInstances(device: Device, claims: DeviceClaims): readonly string[] {
  if (device.agentInstance === claims.agentInstance) return device.formerInstances;
  const before = device.formerInstances.filter((one) => one !== claims.agentInstance);
  return [device.agentInstance, ...before].slice(0, maxFormerInstances);
}

/** The alarm that is raised for a machine which is not the device. */
export function cloneAlarm(
  id: string,
  device: Device,
  claims: DeviceClaims,
  at: Date,
): DeviceAlarm {
  const name =
    claims.serial === undefined ? claims.hostname : `${claims.hostname}, ${claims.serial}`;
  const message =
    `The device’s certificate was used by another agent, on a machine that calls itself ${name}. ` +
    'Either the private key was copied: revoke the certificate and enrol the device anew. ' +
    'Or the machine was replaced or renamed: acknowledge the alarm as the same device.';
  return { id, device: device.id, kind: 'clone', at, message, claims };
}
