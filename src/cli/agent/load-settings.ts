/** Finds the agent's settings on this machine. */
import { join } from 'node:path';
import { parseSettingsObject } from '../../agent/config/parse-settings.ts';
import { policyToSettings } from '../../agent/config/policy-values.ts';
import {
  resolveSettings,
  type ResolvedSettings,
  type SettingsProblem,
  type SettingsSource,
} from '../../agent/config/resolve-settings.ts';
import { settingNames, settingsSchema } from '../../agent/config/settings-schema.ts';
import type { SettingsDefaults } from '../../agent/config/settings.ts';
import { AgentError, agentErrors } from '../../agent/errors.ts';
import { describeError } from '../../core/index.ts';
import { managedFileReaderOf, type ManagedFileReader } from './managed-file.ts';
import { managedPolicyReaderOf, type ManagedPolicyReader } from './managed-policy.ts';
import type { AgentPlaces } from './places.ts';
import { machineSettings, namedSource, userSettings } from './settings-files.ts';

/** The environment variable that may hold settings, as the text of a settings file. */
export const settingsVariable = 'COUNTERSIGN_SETTINGS';

/** What settings are looked for in, besides files. */
export interface SettingsSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly managedPolicy: ManagedPolicyReader;
  readonly managedFile: ManagedFileReader;
}

/** This process's own. */
function processSurroundings(): SettingsSurroundings {
  return {
    env: process.env,
    managedPolicy: managedPolicyReaderOf(process.platform),
    managedFile: managedFileReaderOf(process.platform, process.getuid?.()),
  };
}

/**
 * Loads the agent's settings: what the device management enforces, then the environment's, then the
 * user's file. Whatever is wrong with them stands in the result and keeps nobody from the rest.
 *
 * @param configFile - named on the command line: then the only source
 * @param places - of this user
 * @param surroundings - this process's own unless told
 * @throws AgentError `settings_unreadable` or `settings_malformed` of the file that was named
 */
export async function loadSettings(
  configFile: string | undefined,
  places: AgentPlaces,
  surroundings: SettingsSurroundings = processSurroundings(),
): Promise<ResolvedSettings> {
  const sources =
    configFile === undefined ? await findSources(places, surroundings) : [namedSource(configFile)];
  const resolved = resolveSettings(sources, (stateDirectory) =>
    defaultsFor(places, stateDirectory),
  );
  if (resolved.settings.servers.length > 0) return resolved;
  return { ...resolved, problems: [...resolved.problems, noServers(configFile, places)] };
}

/** The sources' names as one text. */
export function describeSources({ sources }: Pick<ResolvedSettings, 'sources'>): string {
  return sources.length === 0 ? 'defaults' : sources.map(({ name }) => name).join(', ');
}

async function findSources(
  places: AgentPlaces,
  { env, managedPolicy, managedFile }: SettingsSurroundings,
): Promise<readonly SettingsSource[]> {
  const [machineFile, userFile] = places.settingsFiles;
  return [
    ...(await policySources(managedPolicy)),
    ...(await machineSettings(machineFile, managedFile)),
    ...environmentSource(env[settingsVariable]),
    ...(userFile === undefined ? [] : await userSettings(userFile)),
  ];
}

async function policySources(read: ManagedPolicyReader): Promise<readonly SettingsSource[]> {
  try {
    const policies = await read(settingNames);
    return policies.map(({ name, values }) => ({
      name,
      managed: true,
      content: policyToSettings(values),
    }));
  } catch (cause) {
    const name = 'the system’s managed policy';
    const message = `The system’s managed policy cannot be read (${describeError(cause)}).`;
    return [
      { name, managed: true, content: new AgentError('settings_unreadable', { message, cause }) },
    ];
  }
}

function environmentSource(text: string | undefined): readonly SettingsSource[] {
  if (text === undefined || text === '') return [];
  const source = { name: settingsVariable, managed: false };
  try {
    return [{ ...source, content: parseSettingsObject(text, settingsVariable) }];
  } catch (error) {
    if (error instanceof AgentError) return [{ ...source, content: error }];
    throw error;
  }
}

function noServers(configFile: string | undefined, places: AgentPlaces): SettingsProblem {
  const where = configFile ?? places.settingsFiles.join(' or ');
  return {
    code: 'settings_missing',
    source: configFile ?? places.settingsFiles[0],
    member: 'servers',
    message: `${agentErrors.settings_missing} Looked for in ${where}.`,
  };
}

function defaultsFor(places: AgentPlaces, named: string | undefined): SettingsDefaults {
  const stateDirectory = named ?? places.stateDirectory;
  return {
    stores: [{ uri: places.defaultStore, pinFile: undefined }],
    ports: settingsSchema.ports.default,
    auditLog: join(stateDirectory, 'audit.jsonl'),
    logLevel: settingsSchema.logLevel.default,
    stateDirectory,
  };
}
