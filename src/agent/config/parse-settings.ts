/** Strict parser of a settings file. */
import {
  isJsonObject,
  JsonError,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
} from '../../core/index.ts';
import { parseOrigin, parseServerUrl, serverPaths } from '../../protocol/index.ts';
import { publicKeysOf } from '../challenge/key-set.ts';
import { AgentError } from '../errors.ts';
import {
  invalidMember,
  readEntries,
  readMembers,
  readOneOf,
  readPath,
  readString,
  requireMember,
  type Member,
} from './member-reader.ts';
import {
  agentLogLevels,
  type ProxySettings,
  type ServerKeySource,
  type SettingsDocument,
  type StoreEntry,
  type TrustedServer,
} from './settings.ts';

const limits = { length: 256 * 1024, depth: 8, servers: 16, origins: 64, stores: 16, ports: 16 };

/**
 * Reads a settings file's text.
 *
 * @param text - its JSON
 * @param source - its path, for messages
 * @throws AgentError `settings_malformed`, `settings_member_unknown` or `settings_member_invalid`,
 *   each naming the file, and the member where one is at fault
 */
export function parseSettings(text: string, source: string): SettingsDocument {
  const root: Member = { value: parseObject(text, source), name: '', source };
  const member = readMembers(root, [
    'servers',
    'stores',
    'ports',
    'proxy',
    'caFile',
    'auditLog',
    'logLevel',
    'stateDirectory',
  ]);
  return {
    source,
    servers: member.servers && readServers(member.servers),
    stores: member.stores && readEntries(member.stores, limits.stores).map(readStore),
    ports: member.ports && readPorts(member.ports),
    proxy: member.proxy && readProxy(member.proxy),
    caFile: member.caFile && readPath(member.caFile),
    auditLog: member.auditLog && readPath(member.auditLog),
    logLevel: member.logLevel && readOneOf(member.logLevel, agentLogLevels),
    stateDirectory: member.stateDirectory && readPath(member.stateDirectory),
  };
}

function parseObject(text: string, source: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrictJson(text, { maxLength: limits.length, maxDepth: limits.depth });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AgentError('settings_malformed', { message: `${source}: ${cause.message}`, cause });
  }
  if (isJsonObject(value)) return value;
  throw new AgentError('settings_malformed', {
    message: `${source}: the settings must be a JSON object.`,
  });
}

function readServers(member: Member): readonly TrustedServer[] {
  const servers = readEntries(member, limits.servers).map(readServer);
  const issuers = servers.map((server) => server.issuer);
  const repeated = issuers.find((issuer, index) => issuers.indexOf(issuer) !== index);
  if (repeated !== undefined) {
    throw invalidMember(member, `names the issuer ${repeated} twice`);
  }
  return servers;
}

function readServer(entry: Member): TrustedServer {
  const member = readMembers(entry, ['issuer', 'jwksUri', 'keys', 'origins', 'caFile']);
  const issuer = readServerUrl(requireMember(member.issuer, entry, 'issuer'));
  if (member.jwksUri !== undefined && member.keys !== undefined) {
    throw invalidMember(member.keys, 'cannot stand beside "jwksUri": keys are fetched or pinned');
  }
  return {
    issuer,
    keys: readKeySource(issuer, member.jwksUri, member.keys),
    origins: readOrigins(requireMember(member.origins, entry, 'origins')),
    caFile: member.caFile && readPath(member.caFile),
  };
}

function readKeySource(
  issuer: string,
  jwksUri: Member | undefined,
  keys: Member | undefined,
): ServerKeySource {
  if (keys === undefined) {
    const standard = `${issuer.replace(/\/$/, '')}${serverPaths.jwks}`;
    return { kind: 'fetched', jwksUri: jwksUri === undefined ? standard : readServerUrl(jwksUri) };
  }
  const set = publicKeysOf(keys.value);
  if (set === undefined) {
    throw invalidMember(
      keys,
      'must be a JWK set of public EC P-256 or Ed25519 keys, each with a kid',
    );
  }
  return { kind: 'pinned', keys: set };
}

function readServerUrl(member: Member): string {
  const text = readString(member);
  if (parseServerUrl(text) === undefined) {
    throw invalidMember(member, 'must be an https URL (http only on this machine)');
  }
  return text;
}

function readOrigins(member: Member): readonly string[] {
  const origins = readEntries(member, limits.origins);
  if (origins.length === 0) throw invalidMember(member, 'must name at least one web origin');
  return origins.map((entry) => {
    const origin = parseOrigin(readString(entry));
    if (origin !== undefined) return origin;
    throw invalidMember(
      entry,
      'must be a web origin such as https://login.example.com, without a path',
    );
  });
}

function readStore(entry: Member): StoreEntry {
  const member = readMembers(entry, ['uri', 'pinFile']);
  const uri = requireMember(member.uri, entry, 'uri');
  if (/[?&;]pin-value=/i.test(readString(uri))) {
    throw invalidMember(uri, 'must not hold a PIN (pin-value); name a file with it as "pinFile"');
  }
  return {
    uri: readString(uri),
    pinFile: member.pinFile && readPath(member.pinFile),
  };
}

function readPorts(member: Member): readonly number[] {
  const entries = readEntries(member, limits.ports);
  if (entries.length === 0) throw invalidMember(member, 'must name at least one port');
  const ports = entries.map((entry) => {
    const { value } = entry;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1024 || value > 65535) {
      throw invalidMember(entry, 'must be a whole number from 1024 to 65535');
    }
    return value;
  });
  if (new Set(ports).size !== ports.length) throw invalidMember(member, 'names a port twice');
  return ports;
}

function readProxy(entry: Member): ProxySettings {
  const member = readMembers(entry, ['url', 'noProxy']);
  const urlMember = requireMember(member.url, entry, 'url');
  const text = readString(urlMember);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalidMember(urlMember, 'must be an http or https URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidMember(urlMember, 'must not hold a user name or password');
  }
  const noProxy = member.noProxy === undefined ? [] : readEntries(member.noProxy, limits.origins);
  return { url: text, noProxy: noProxy.map(readString) };
}
