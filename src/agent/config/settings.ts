/** The agent's settings, as docs/settings.md describes them. */
import type { JsonObject } from '../../core/index.ts';

/** A server that the agent answers. */
export interface TrustedServer {
  /** The server's issuer URL: the `iss` of its challenges, compared character by character. */
  readonly issuer: string;
  /** Where the keys that sign its challenges come from. */
  readonly keys: ServerKeySource;
  /** Web origins whose pages may deliver its challenges. */
  readonly origins: readonly string[];
  /** PEM file of authorities trusted for this server's TLS besides the system's. */
  readonly caFile: string | undefined;
}

/** A JWK set by its address, or pinned in the settings. */
export type ServerKeySource =
  | { readonly kind: 'fetched'; readonly jwksUri: string }
  | { readonly kind: 'pinned'; readonly keys: readonly JsonObject[] };

/** A certificate store to look into. */
export interface StoreEntry {
  readonly uri: string;
  readonly pinFile: string | undefined;
}

/** The HTTP proxy on the way to the servers. */
export interface ProxySettings {
  /** http or https URL without a user name: the way there is not a secret. */
  readonly url: string;
  /** Hosts reached without it: names (with all below them), addresses, or `*`; with or without port. */
  readonly noProxy: readonly string[];
}

/** Levels of the agent's log. */
export const agentLogLevels = ['error', 'warn', 'info', 'debug'] as const;

/** Everything an agent can be told. Members a file leaves out are undefined. */
export interface SettingsDocument {
  /** Where it was read: a file's path. */
  readonly source: string;
  readonly servers: readonly TrustedServer[] | undefined;
  readonly stores: readonly StoreEntry[] | undefined;
  readonly ports: readonly number[] | undefined;
  readonly proxy: ProxySettings | undefined;
  readonly caFile: string | undefined;
  readonly auditLog: string | undefined;
  readonly logLevel: (typeof agentLogLevels)[number] | undefined;
  readonly stateDirectory: string | undefined;
}

/** The settings an agent runs with. */
export interface AgentSettings {
  readonly servers: readonly TrustedServer[];
  readonly stores: readonly StoreEntry[];
  readonly ports: readonly number[];
  readonly proxy: ProxySettings | undefined;
  readonly caFile: string | undefined;
  readonly auditLog: string;
  readonly logLevel: (typeof agentLogLevels)[number];
  readonly stateDirectory: string;
}

/** What applies where no document says otherwise. */
export type SettingsDefaults = Pick<
  AgentSettings,
  'stores' | 'ports' | 'auditLog' | 'logLevel' | 'stateDirectory'
>;

/** Fills a document's gaps with the defaults. */
export function completeSettings(
  document: SettingsDocument | undefined,
  defaults: SettingsDefaults,
): AgentSettings {
  return {
    servers: document?.servers ?? [],
    stores: document?.stores ?? defaults.stores,
    ports: document?.ports ?? defaults.ports,
    proxy: document?.proxy,
    caFile: document?.caFile,
    auditLog: document?.auditLog ?? defaults.auditLog,
    logLevel: document?.logLevel ?? defaults.logLevel,
    stateDirectory: document?.stateDirectory ?? defaults.stateDirectory,
  };
}
