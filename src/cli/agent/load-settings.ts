import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSettings } from '../../agent/config/parse-settings.ts';
import {
  completeSettings,
  type AgentSettings,
  type SettingsDefaults,
  type SettingsDocument,
} from '../../agent/config/settings.ts';
import { AgentError } from '../../agent/errors.ts';
import { defaultLoopbackPorts } from '../../protocol/index.ts';
import type { AgentPlaces } from './places.ts';

/** Settings, and where they come from. */
export interface LoadedSettings {
  readonly settings: AgentSettings;
  /** The file; undefined where there is none and defaults alone apply. */
  readonly source: string | undefined;
}

/**
 * Loads the agent's settings.
 *
 * @param configFile - named on the command line; else the first file of the places that exists
 * @param places - of this user
 * @throws AgentError `settings_unreadable`, or one of the parser's
 */
export function loadSettings(configFile: string | undefined, places: AgentPlaces): LoadedSettings {
  const document = configFile === undefined ? findDocument(places) : readDocument(configFile);
  const settings = completeSettings(document, defaultsFor(places, document));
  return { settings, source: document?.source };
}

function findDocument(places: AgentPlaces): SettingsDocument | undefined {
  for (const file of places.settingsFiles) {
    try {
      return readDocument(file);
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return undefined;
}

function readDocument(file: string): SettingsDocument {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new AgentError('settings_unreadable', {
      message: `The settings file ${file} cannot be read (${code}).`,
      cause,
    });
  }
  return parseSettings(text, file);
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof AgentError &&
    error.code === 'settings_unreadable' &&
    (error.cause as NodeJS.ErrnoException).code === 'ENOENT'
  );
}

function defaultsFor(
  places: AgentPlaces,
  document: SettingsDocument | undefined,
): SettingsDefaults {
  const stateDirectory = document?.stateDirectory ?? places.stateDirectory;
  return {
    stores: [{ uri: places.defaultStore, pinFile: undefined }],
    ports: defaultLoopbackPorts,
    auditLog: join(stateDirectory, 'audit.jsonl'),
    logLevel: 'info',
    stateDirectory,
  };
}
