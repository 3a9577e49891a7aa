/** Reads a document of settings: strict about each value, forgiving about its neighbours. */
import {
  describeError,
  isJsonObject,
  JsonError,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
} from '../../core/index.ts';
import { serverPaths } from '../../protocol/index.ts';
import { AgentError } from '../errors.ts';
import { invalidMember, unknownMember, type Member } from './member-reader.ts';
import { readEntries, readValue } from './read-value.ts';
import { settingNames, settingsSchema, type SettingName } from './settings-schema.ts';
import type {
  ProxySettings,
  SettingsDocument,
  SettingsMembers,
  TrustedServer,
} from './settings.ts';

const limits = { maxLength: 256 * 1024, maxDepth: 8 };

/**
 * Reads the JSON text of settings.
 *
 * @param text - a JSON object
 * @param source - where it was read, for messages
 * @throws AgentError `settings_malformed`
 */
export function parseSettingsObject(text: string, source: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrictJson(text, limits);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const where = cause.code === 'json_syntax' ? ` ${syntaxError(text)}` : '';
    throw new AgentError('settings_malformed', {
      message: `${source}: ${cause.message}${where}`,
      cause,
    });
  }
  if (isJsonObject(value)) return value;
  throw new AgentError('settings_malformed', {
    message: `${source}: the settings must be a JSON object.`,
  });
}

/** The engine's own words on what it stumbled over, and in which line, where it says where. */
function syntaxError(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    // Some sentences quote the text around, where a secret may stand.
    const sentence = describeError(error).replace(/, (?:\.\.\.)?".*$/s, '');
    const position = /at position (\d+)(?! \(line)/.exec(sentence)?.[1];
    if (position === undefined) return sentence;
    return `${sentence} (line ${text.slice(0, Number(position)).split('\n').length})`;
  }
}

/**
 * Reads settings. A member that is unknown or wrong is left out, as is a wrong entry of a list; each
 * stands in the result's problems. Nothing wrong makes anything else unusable.
 *
 * @param values - the members
 * @param source - where they were read, for messages
 */
export function parseSettings(values: JsonObject, source: string): SettingsDocument {
  const problems: AgentError[] = [];
  const members: { -readonly [Name in keyof SettingsMembers]?: unknown } = {};
  for (const [name, value] of Object.entries(values)) {
    const member: Member = { value, name, source };
    const known = settingNames.find((candidate) => candidate === name);
    if (known === undefined) {
      problems.push(unknownMember(member, name, settingNames));
      continue;
    }
    const skipped = (error: AgentError): void => void problems.push(error);
    try {
      members[known] = readSetting(member, known, skipped);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      problems.push(error);
    }
  }
  // Each member has been read by the schema that its type is computed from.
  return { source, members: members as SettingsMembers, problems };
}

function readSetting(
  member: Member,
  name: SettingName,
  skipped: (error: AgentError) => void,
): unknown {
  switch (name) {
    case 'servers':
      return readEntries(member, settingsSchema.servers.value, readServer, skipped);
    case 'proxy':
      return readProxy(member);
    default:
      return readValue(member, settingsSchema[name].value, skipped);
  }
}

function readServer(entry: Member, before: readonly TrustedServer[]): TrustedServer {
  const server = readValue(entry, settingsSchema.servers.value.items);
  const { issuer, origins, jwksUri, keys, caFile } = server;
  const place = (name: string) => ({ name: `${entry.name}.${name}`, source: entry.source });
  if (jwksUri !== undefined && keys !== undefined) {
    throw invalidMember(place('keys'), 'cannot stand beside "jwksUri": keys are fetched or pinned');
  }
  if (before.some((other) => other.issuer === issuer)) {
    throw invalidMember(place('issuer'), `names ${issuer} a second time`);
  }
  const standard = `${issuer.replace(/\/$/, '')}${serverPaths.jwks}`;
  return {
    issuer,
    origins,
    keys:
      keys === undefined
        ? { kind: 'fetched', jwksUri: jwksUri ?? standard }
        : { kind: 'pinned', keys },
    caFile,
  };
}

function readProxy(member: Member): ProxySettings {
  const { url, noProxy } = readValue(member, settingsSchema.proxy.value);
  return { url, noProxy: noProxy ?? [] };
}
