/**
 * Endpoint management (docs/endpoint-management.md): on which platforms devices count as managed by
 * a certificate of one's own authorities, and which of the authorities count there.
 */
import { parseStrictJson, isJsonObject, type Clock, type JsonValue } from '../../core/index.ts';
import { devicePlatforms, type DevicePlatform } from '../../protocol/index.ts';
import type { TrustedAuthority } from '../../verifier/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { SettingsStore } from '../storage/index.ts';
import type { Authorities } from './authorities.ts';
import { TrustError } from './errors.ts';

/** How devices of one platform are told to be managed. */
export interface PlatformTrust {
  /** False: no device of this platform counts. */
  readonly enabled: boolean;
  /** Ids of the authorities that count; `all` also means those that are added later. */
  readonly authorities: 'all' | readonly string[];
}

/** Endpoint management: the desktop platforms, each under "Use my own certificate authority". */
export interface EndpointManagement {
  readonly platforms: Readonly<Record<DevicePlatform, PlatformTrust>>;
  /** Goes up by one with each change; 0 as long as nobody has changed anything. */
  readonly version: number;
}

/** What an administrator gives; platforms that are left out stay as they are. */
export type PlatformChanges = Readonly<Record<string, JsonValue>>;

/** Endpoint management, stored and in force. */
export interface Platforms {
  settings(): Promise<EndpointManagement>;
  /**
   * Changes platforms; holds within a second, in every process.
   *
   * @param version - of the settings that the change was made from
   * @param changes - by platform: `{"enabled": …, "authorities": "all" or ids}`
   * @throws TrustError `platform_settings_invalid`, `platform_settings_changed`
   */
  change(version: number, changes: PlatformChanges): Promise<EndpointManagement>;
  /** What the verifier trusts: the authorities that count somewhere, each with where it does. */
  trusted(): Promise<readonly TrustedAuthority[]>;
}

/** Where nobody has chosen: every platform, every authority. */
const defaultEndpointManagement: EndpointManagement = {
  platforms: everyPlatform({ enabled: true, authorities: 'all' }),
  version: 0,
};

const key = 'endpoint-management';

/** How soon a change by another process holds, in milliseconds. */
const maxAge = 1000;

/** Makes the service. */
export function createPlatforms(
  store: SettingsStore,
  authorities: Authorities,
  clock: Clock,
): Platforms {
  const inForce = createRefreshed(() => load(store), clock, maxAge);
  return {
    settings: () => load(store),
    async change(version, changes) {
      const present = await load(store);
      const platforms = { ...present.platforms, ...parseChanges(changes, present) };
      await requireKnown(platforms, present, authorities);
      const next = { platforms, version: version + 1 };
      const value = JSON.stringify({ platforms });
      const saved =
        present.version === version && (await store.put({ key, value, version: next.version }));
      inForce.invalidate();
      if (!saved) throw new TrustError('platform_settings_changed');
      return next;
    },
    async trusted() {
      const { platforms } = await inForce.get();
      return (await authorities.trusted()).flatMap((authority) => {
        const counting = devicePlatforms.filter((name) => counts(platforms[name], authority.id));
        return counting.length === 0 ? [] : [{ ...authority, platforms: counting }];
      });
    },
  };
}

function counts({ enabled, authorities }: PlatformTrust, id: string): boolean {
  return enabled && (authorities === 'all' || authorities.includes(id));
}

function everyPlatform(trust: PlatformTrust): EndpointManagement['platforms'] {
  return { windows: trust, macos: trust, linux: trust };
}

/** Longest stored settings: three platforms that name all of 64 authorities each. */
const maxLength = 64 * 1024;

async function load(store: SettingsStore): Promise<EndpointManagement> {
  const stored = await store.get(key);
  if (stored === undefined) return defaultEndpointManagement;
  const value = parseStrictJson(stored.value, { maxLength, maxDepth: 5 });
  const platforms = isJsonObject(value) ? value['platforms'] : undefined;
  const changes = isJsonObject(platforms) ? platforms : {};
  const { platforms: byDefault } = defaultEndpointManagement;
  return {
    platforms: { ...byDefault, ...parseChanges(changes, defaultEndpointManagement) },
    version: stored.version,
  };
}

function parseChanges(
  changes: PlatformChanges,
  present: EndpointManagement,
): Partial<EndpointManagement['platforms']> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, value]) => {
      const platform = devicePlatforms.find((one) => one === name);
      if (platform === undefined) {
        throw invalid(`There is no platform “${name}”; there are ${devicePlatforms.join(', ')}.`);
      }
      return [platform, parseTrust(platform, value, present.platforms[platform])];
    }),
  );
}

function parseTrust(platform: string, value: JsonValue, present: PlatformTrust): PlatformTrust {
  const members = ['enabled', 'authorities'];
  if (!isJsonObject(value) || Object.keys(value).some((member) => !members.includes(member))) {
    throw invalid(`The platform ${platform} must be an object with ${members.join(' and ')}.`);
  }
  const { enabled = present.enabled, authorities } = value;
  if (typeof enabled !== 'boolean') throw invalid(`${platform}: enabled must be true or false.`);
  return {
    enabled,
    authorities:
      authorities === undefined ? present.authorities : parseAuthorities(platform, authorities),
  };
}

function toList(authorities: PlatformTrust['authorities']): readonly string[] {
  return authorities === 'all' ? [] : authorities;
}

function parseAuthorities(platform: string, value: JsonValue): PlatformTrust['authorities'] {
  if (value === 'all') return 'all';
  const isId = (id: JsonValue): id is string => typeof id === 'string' && /^[0-9a-f]{64}$/.test(id);
  if (Array.isArray(value) && value.length <= 64 && value.every(isId)) return [...new Set(value)];
  throw invalid(`${platform}: authorities must be "all" or a list of ids of authorities.`);
}

/** An id that is named anew must be there; one whose authority was removed since may stay. */
async function requireKnown(
  platforms: EndpointManagement['platforms'],
  present: EndpointManagement,
  authorities: Authorities,
): Promise<void> {
  const named = (management: EndpointManagement['platforms']): readonly string[] =>
    Object.values(management).flatMap((trust) => toList(trust.authorities));
  const known = new Set(named(present.platforms));
  for (const { id } of await authorities.list()) known.add(id);
  const unknown = named(platforms).find((id) => !known.has(id));
  if (unknown !== undefined) throw invalid(`There is no certificate authority ${unknown}.`);
}

function invalid(message: string): TrustError {
  return new TrustError('platform_settings_invalid', { message });
}
