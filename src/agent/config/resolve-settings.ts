/** Merges what several sources say into the settings that apply, and remembers who said what. */
import type { JsonObject } from '../../core/index.ts';
import { AgentError } from '../errors.ts';
import { parseSettings } from './parse-settings.ts';
import { settingNames, type SettingName } from './settings-schema.ts';
import type {
  AgentSettings,
  SettingsDefaults,
  SettingsDocument,
  SettingsMembers,
} from './settings.ts';

/** A place where settings were found. */
export interface SettingsSource {
  /** A file's path, a registry key, an environment variable. */
  readonly name: string;
  /** Whether only an administrator can write there. */
  readonly managed: boolean;
  /** The members, or why they cannot be had. */
  readonly content: JsonObject | AgentError;
}

/** What is wrong with the settings: code, source, member where one is at fault, and a sentence. */
export interface SettingsProblem {
  readonly code: string;
  readonly source: string;
  readonly member?: string;
  readonly message: string;
}

/** Settings, and where they come from. */
export interface ResolvedSettings {
  readonly settings: AgentSettings;
  /** The name of the source of each setting; undefined where the default applies. */
  readonly origins: Readonly<Record<SettingName, string | undefined>>;
  /** The sources that could be read, the strongest first. */
  readonly sources: readonly Omit<SettingsSource, 'content'>[];
  readonly problems: readonly SettingsProblem[];
}

/**
 * Merges settings, member by member: the strongest source that has a usable value wins. What an
 * administrator has decided stays decided where it cannot be understood: a managed member that is
 * wrong is never replaced by the user's, and of a managed source that cannot be read nobody knows
 * what it decided, so the user's sources then say nothing. The default applies instead.
 *
 * @param sources - the strongest first, all managed ones before the others
 * @param defaultsFor - what applies where no source says otherwise, given the state directory that
 *   one of them names
 */
export function resolveSettings(
  sources: readonly SettingsSource[],
  defaultsFor: (stateDirectory: string | undefined) => SettingsDefaults,
): ResolvedSettings {
  const problems: SettingsProblem[] = [];
  const read: Reading[] = [];
  for (const source of sources) {
    const { name, managed, content } = source;
    if (content instanceof AgentError) {
      problems.push(problemOf(content, name));
      read.push({ name, managed, named: undefined, document: undefined });
      continue;
    }
    const document = parseSettings(content, name);
    problems.push(...document.problems.map((error) => problemOf(error, name)));
    read.push({ name, managed, named: new Set(Object.keys(content)), document });
  }
  const chosen = new Map(settingNames.map((name) => [name, choose(read, name)]));
  const valueOf = <Name extends SettingName>(name: Name): SettingsMembers[Name] | undefined =>
    chosen.get(name)?.members[name];
  const defaults = defaultsFor(valueOf('stateDirectory'));
  const origins = Object.fromEntries([...chosen].map(([name, from]) => [name, from?.source]));
  return {
    settings: {
      servers: valueOf('servers') ?? [],
      stores: valueOf('stores') ?? defaults.stores,
      ports: valueOf('ports') ?? defaults.ports,
      proxy: valueOf('proxy'),
      caFile: valueOf('caFile'),
      auditLog: valueOf('auditLog') ?? defaults.auditLog,
      logLevel: valueOf('logLevel') ?? defaults.logLevel,
      expiryNoticeDays: valueOf('expiryNoticeDays'),
      stateDirectory: valueOf('stateDirectory') ?? defaults.stateDirectory,
    },
    origins: origins as ResolvedSettings['origins'],
    sources: read
      .filter(({ document }) => document !== undefined)
      .map(({ name, managed }) => ({ name, managed })),
    problems,
  };
}

/** A source with the names of all its members, right or wrong; both undefined where it is unreadable. */
interface Reading {
  readonly name: string;
  readonly managed: boolean;
  readonly named: ReadonlySet<string> | undefined;
  readonly document: SettingsDocument | undefined;
}

function choose(read: readonly Reading[], name: SettingName): SettingsDocument | undefined {
  let decidedByAdministrator = false;
  for (const { managed, named, document } of read) {
    if (!managed && decidedByAdministrator) return undefined;
    if (document?.members[name] !== undefined) return document;
    decidedByAdministrator ||= managed && (named === undefined || named.has(name));
  }
  return undefined;
}

function problemOf({ code, message, member }: AgentError, source: string): SettingsProblem {
  return { code, source, message, ...(member === undefined ? {} : { member }) };
}
