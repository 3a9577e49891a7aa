/** What people call what programs have codes for. */
import type { ApplicationKind } from '../../storage/index.ts';

const platforms: Readonly<Record<string, string>> = {
  windows: 'Windows',
  macos: 'macOS',
  linux: 'Linux',
};

const protections: Readonly<Record<string, string>> = {
  hardware: 'Hardware',
  software: 'Software',
  unknown: 'Unknown',
};

/** Kinds of applications, with what each is for. */
export const applicationKinds: Readonly<
  Record<ApplicationKind, { readonly name: string; readonly description: string }>
> = {
  api: {
    name: 'API client',
    description: 'A server of your own that starts sign-ins and reads signed results.',
  },
  oidc: {
    name: 'OpenID Connect',
    description: 'Any application or identity provider that speaks OpenID Connect.',
  },
  okta: { name: 'Okta', description: 'Okta, with this server as “factor only” identity provider.' },
  entra: {
    name: 'Microsoft Entra ID',
    description: 'Entra ID, with this server as external authentication method.',
  },
};

/** Name of a platform; what nobody here knows is shown as it came. */
export function platformName(platform: string): string {
  return platforms[platform] ?? platform;
}

/** A device's system as its agent says it; the platform's name is not said twice. */
export function systemName({
  platform,
  osVersion,
}: {
  readonly platform: string;
  readonly osVersion: string;
}): string {
  const name = platformName(platform);
  return osVersion.toLowerCase().includes(name.toLowerCase()) ? osVersion : `${name} ${osVersion}`;
}

/** What a device is called: its host name, or its id where it says none. */
export function deviceName({
  id,
  hostname,
}: {
  readonly id: string;
  readonly hostname: string;
}): string {
  return hostname === '' ? id : hostname;
}

/** Name of a kind of key protection. */
export function protectionName(protection: string): string {
  return protections[protection] ?? protection;
}

/** The common name of an RFC 4514 text, or all of it where there is none. */
export function shortName(subject: string): string {
  const commonName = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/i.exec(subject)?.[1];
  return commonName === undefined || commonName === ''
    ? subject
    : commonName.replace(/\\(.)/g, '$1');
}
