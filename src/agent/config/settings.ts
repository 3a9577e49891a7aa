/** The agent's settings, as docs/settings.md describes them. */
import type { JsonObject } from '../../core/index.ts';
import type { AgentError } from '../errors.ts';
import type { agentLogLevels } from './settings-schema.ts';

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

/** What a document of settings says; members that it leaves out or has wrong are not there. */
export interface SettingsMembers {
  readonly servers?: readonly TrustedServer[];
  readonly stores?: readonly StoreEntry[];
  readonly ports?: readonly number[];
  readonly proxy?: ProxySettings;
  readonly caFile?: string;
  readonly auditLog?: string;
  readonly logLevel?: (typeof agentLogLevels)[number];
  readonly expiryNoticeDays?: number;
  readonly stateDirectory?: string;
}

/** A document of settings, read. */
export interface SettingsDocument {
  /** Where it was read: a file's path, a registry key. */
  readonly source: string;
  readonly members: SettingsMembers;
  /** What was wrong; each names the source and the member. */
  readonly problems: readonly AgentError[];
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
  /** Undefined: nobody is told. */
  readonly expiryNoticeDays: number | undefined;
  readonly stateDirectory: string;
}

/** What applies where nobody says otherwise. */
export type SettingsDefaults = Omit<
  AgentSettings,
  'servers' | 'proxy' | 'caFile' | 'expiryNoticeDays'
>;
