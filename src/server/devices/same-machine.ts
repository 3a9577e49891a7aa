/** Whether a proof comes from the machine that the inventory knows (docs/devices.md). Pure. */
import type { Device, DeviceClaims } from '../storage/index.ts';
import type { Sighting } from './sighting.ts';

/**
 * What the agent says of its machine, held against what is known of a device.
 *
 * - `same`: the agent installation is the device's.
 * - `reinstalled`: a new agent installation on what says it is the same machine.
 * - `other`: another machine, or an agent installation that the device had before: a new one is made
 *   with each installation, so an old one that comes back tells that two machines take turns.
 */
export type Machine = 'same' | 'reinstalled' | 'other';

/** Compares claims with a device. */
export function compareMachine(device: Device, claims: DeviceClaims): Machine {
  const bySerial = compareSerials(device, claims);
  if (bySerial === 'different') return 'other';
  if (device.agentInstance === claims.agentInstance) return 'same';
  if (device.formerInstances.includes(claims.agentInstance)) return 'other';
  if (bySerial === 'equal' || haveSameHostname(device, claims)) return 'reinstalled';
  return 'other';
}

/**
 * Whether a certificate that was not seen before is a device's new one. What an agent says of itself
 * is not enough: the certificate must name the subject that the device's certificate names, so that
 * another device of this CA cannot take an entry over with its own certificate.
 *
 * @param device - one that last named this agent installation
 * @param subject - of the device's present certificate, RFC 4514 text
 */
export function isRenewal(
  device: Device,
  subject: string,
  { claims, certificate }: Sighting,
): boolean {
  if (subject === '' || subject !== certificate.subject) return false;
  const bySerial = compareSerials(device, claims);
  return bySerial === 'equal' || (bySerial === 'unknown' && haveSameHostname(device, claims));
}

function compareSerials(a: DeviceClaims, b: DeviceClaims): 'equal' | 'different' | 'unknown' {
  if (a.serial === undefined || b.serial === undefined) return 'unknown';
  return fold(a.serial) === fold(b.serial) ? 'equal' : 'different';
}

function haveSameHostname(a: DeviceClaims, b: DeviceClaims): boolean {
  return fold(a.hostname) === fold(b.hostname);
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}
