/** Writes settings in the form of a settings file. */
import type { JsonObject, JsonValue } from '../../core/index.ts';
import type { SettingName } from './settings-schema.ts';
import type { AgentSettings, TrustedServer } from './settings.ts';

/**
 * The settings as a settings file would have them, the defaults included.
 *
 * @param settings - as an agent runs with them
 * @returns a value for each setting; undefined where there is none
 */
export function settingsToDocument({
  servers,
  stores,
  proxy,
  ...others
}: AgentSettings): Readonly<Record<SettingName, JsonValue | undefined>> {
  return {
    servers: servers.map(serverToDocument),
    stores: stores.map(({ uri, pinFile }) => present({ uri, pinFile })),
    proxy: proxy && { url: proxy.url, noProxy: proxy.noProxy },
    ...others,
  };
}

function serverToDocument({ issuer, origins, keys, caFile }: TrustedServer): JsonObject {
  const source =
    keys.kind === 'fetched' ? { jwksUri: keys.jwksUri } : { keys: { keys: keys.keys } };
  return present({ issuer, origins, ...source, caFile });
}

function present(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as JsonObject;
}
