/** What the operating system says of this device: the claims of a proof. */
import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import type { DeviceClaims, DevicePlatform } from '../../protocol/index.ts';
import { protocolLimits } from '../../protocol/index.ts';

/**
 * Gathers the claims about this device.
 *
 * @param platform - as process.platform
 * @param readText - reads a file, or gives undefined; the real one unless told
 */
export function deviceClaims(
  platform: NodeJS.Platform,
  readText: (path: string) => string | undefined = readOrUndefined,
): DeviceClaims {
  const serial = platform === 'linux' ? linuxSerial(readText) : undefined;
  return {
    platform: platformNames[platform] ?? 'linux',
    osVersion: claimText(platform === 'linux' ? linuxVersion(readText) : release()),
    hostname: claimText(hostname()),
    ...(serial === undefined ? {} : { serial }),
  };
}

const platformNames: Readonly<Partial<Record<NodeJS.Platform, DevicePlatform>>> = {
  win32: 'windows',
  darwin: 'macos',
  linux: 'linux',
};

/** os-release(5): the name people know, and the kernel beside it. */
function linuxVersion(readText: (path: string) => string | undefined): string {
  const text = readText('/etc/os-release') ?? readText('/usr/lib/os-release') ?? '';
  const name = /^PRETTY_NAME=(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*))$/m.exec(text);
  const pretty = name?.[1] ?? name?.[2] ?? name?.[3] ?? 'Linux';
  return `${pretty}, kernel ${release()}`;
}

/** Only root may read it on most distributions; virtual machines have placeholders there. */
function linuxSerial(readText: (path: string) => string | undefined): string | undefined {
  const serial = readText('/sys/class/dmi/id/product_serial')?.trim() ?? '';
  const real =
    /^[\x21-\x7e][\x20-\x7e]{2,63}$/.test(serial) &&
    !/^(none|not specified|default string|to be filled|system serial|0+$)/i.test(serial);
  return real ? serial : undefined;
}

/** Within what the protocol takes: no control characters, a bounded length, never empty. */
function claimText(text: string): string {
  const clean = text
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, protocolLimits.textLength)
    .trim();
  return clean === '' ? 'unknown' : clean;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
