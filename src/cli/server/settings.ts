/**
 * The server's settings: options over environment over file over defaults. A name that does not
 * exist is refused wherever it stands, so that no misspelt setting is silently without effect.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  isJsonObject,
  JsonError,
  parseStrictJson,
  type JsonObject,
  type JsonValue,
} from '../../core/index.ts';
import { parseOrigin } from '../../protocol/index.ts';
import { isAllowedAddress } from '../../server/revocation/index.ts';
import { logFormats, logLevels } from '../logging.ts';
import {
  choice,
  flag,
  list,
  listenAddress,
  text,
  wholeNumber,
  type SettingReader,
} from './setting-readers.ts';
import { ServerSettingsError } from './settings-errors.ts';
import { isStorageUrl, storageUrlRule } from './storage-url.ts';

const perMinute = wholeNumber(1, 10_000_000);

/** Every setting, by its path in the file. */
const readers = {
  listen: listenAddress(),
  issuer: text('an origin such as https://auth.example.com', (value) => isOrigin(value)),
  dataDirectory: text(),
  'storage.url': text(storageUrlRule, isStorageUrl),
  'storage.passwordFile': text(),
  'storage.connections': wholeNumber(1, 200),
  'tls.certFile': text(),
  'tls.keyFile': text(),
  trustedProxies: list(text('an IP address or a network such as 10.0.0.0/8', isNetwork), 64),
  applicationOrigins: list(text('an origin such as https://login.example.com', isOrigin), 64),
  loopbackPorts: list(wholeNumber(1, 65535), 16),
  challengeLifetime: wholeNumber(10, 120),
  signInRetention: wholeNumber(1, 3650),
  signingKeyAge: wholeNumber(0, 3650),
  'monitoring.listen': listenAddress(),
  'revocation.allowedAddresses': list(
    text('a host such as crl.corp.example or 10.1.2.3:8080, or a network', isAllowedAddress),
    64,
  ),
  'revocation.crlDirectory': text(),
  'revocation.maxWait': wholeNumber(1, 30),
  'revocation.refreshInterval': wholeNumber(1, 86_400),
  'revocation.ocspInterval': wholeNumber(1, 86_400),
  demo: flag(),
  'limits.challengesPerMinute': perMinute,
  'limits.proofsPerMinute': perMinute,
  'limits.requestsPerMinute': perMinute,
  'limits.pendingTransactions': wholeNumber(1, 1_000_000),
  'log.level': choice(logLevels),
  'log.format': choice(logFormats),
} as const;

type SettingName = keyof typeof readers;

/** The names of all settings: their paths in the file. */
export const serverSettingNames: readonly string[] = Object.keys(readers);

type SettingValue<Name extends SettingName> =
  (typeof readers)[Name] extends SettingReader<infer T> ? T : never;

/** The settings that were given, by path. What was not given is left to defaults. */
export type ServerSettings = {
  readonly [Name in SettingName]?: SettingValue<Name>;
} & { readonly dataDirectory: string; readonly listen: SettingValue<'listen'> };

/** Where settings come from, as the program found it. */
export interface SettingsSources {
  /** The settings file; where undefined, {@link defaultSettingsFile} if it exists. */
  readonly configFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options of the command line, by the setting's path; the key names the option in messages. */
  readonly options: Partial<Readonly<Record<SettingName, string | undefined>>>;
}

/** The settings file that is read where none is named. */
const defaultSettingsFile = '/etc/countersign/server.json';

const environmentPrefix = 'COUNTERSIGN_SERVER_';
const maxFileLength = 256 * 1024;

/**
 * Reads all sources.
 *
 * @throws ServerSettingsError naming the setting and its source
 */
export function loadServerSettings(sources: SettingsSources): ServerSettings {
  const { environment } = sources;
  return {
    listen: { host: '127.0.0.1', port: 8480 },
    dataDirectory: defaultDataDirectory(environment),
    ...readFile(sources.configFile ?? environment[`${environmentPrefix}CONFIG`]),
    ...readEnvironment(environment),
    ...readOptions(sources.options),
  };
}

/** The name of a setting's environment variable. */
export function environmentName(path: string): string {
  const words = path.replace(/\./g, '_').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return environmentPrefix + words.toUpperCase();
}

type GivenSettings = { readonly [Name in SettingName]?: SettingValue<Name> };

function readFile(path: string | undefined): GivenSettings {
  const file = path ?? defaultSettingsFile;
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && path === undefined) return {};
    const message = `The settings file ${file} cannot be read: ${(cause as Error).message}.`;
    throw new ServerSettingsError('server_settings_unreadable', { message, cause });
  }
  const given = flatten(parseFile(content, file));
  return readAll(
    given,
    (name) => `${name} in ${file}`,
    (reader, value) => reader.fromJson(value),
  );
}

function parseFile(content: string, file: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrictJson(content, { maxLength: maxFileLength, maxDepth: 4 });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const message = `${file}: ${cause.message}`;
    throw new ServerSettingsError('server_settings_malformed', { message, cause });
  }
  if (isJsonObject(value)) return value;
  const message = `${file}: The settings must be a JSON object.`;
  throw new ServerSettingsError('server_settings_malformed', { message });
}

/** `{"tls": {"certFile": …}}` as `tls.certFile`. */
function flatten(object: JsonObject, prefix = ''): Map<string, JsonValue> {
  const paths = new Map<string, JsonValue>();
  for (const [member, value] of Object.entries(object)) {
    const path = prefix + member;
    const isGroup = isJsonObject(value) && Object.keys(value).length > 0;
    if (!isGroup) paths.set(path, value);
    else for (const [inner, leaf] of flatten(value, `${path}.`)) paths.set(inner, leaf);
  }
  return paths;
}

function readEnvironment(environment: SettingsSources['environment']): GivenSettings {
  const names = new Map(Object.keys(readers).map((path) => [environmentName(path), path]));
  const given = new Map<string, string>();
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(environmentPrefix) || value === undefined) continue;
    if (variable !== `${environmentPrefix}CONFIG`)
      given.set(names.get(variable) ?? variable, value);
  }
  return readAll(
    given,
    (name) => `${findReader(name) ? environmentName(name) : name} in the environment`,
    fromText,
  );
}

function readOptions(options: SettingsSources['options']): GivenSettings {
  const given = new Map(
    Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return readAll(given, (name) => `${name} of the command line`, fromText);
}

function readAll<Raw>(
  given: ReadonlyMap<string, Raw>,
  where: (name: string) => string,
  read: (reader: SettingReader<unknown>, raw: Raw) => unknown,
): GivenSettings {
  const entries = Array.from(given, ([name, raw]) => {
    const reader = findReader(name);
    if (reader === undefined) {
      const message = `There is no setting ${where(name)}; docs/cli-server.md lists those there are.`;
      throw new ServerSettingsError('server_settings_unknown', { message });
    }
    const value = read(reader, raw);
    if (value === undefined) {
      const message = `The setting ${where(name)} must be ${reader.rule}.`;
      throw new ServerSettingsError('server_settings_invalid', { message });
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

function findReader(name: string): SettingReader<unknown> | undefined {
  return Object.hasOwn(readers, name) ? readers[name as SettingName] : undefined;
}

function fromText(reader: SettingReader<unknown>, value: string): unknown {
  return reader.fromText(value);
}

function isOrigin(value: string): boolean {
  return parseOrigin(value) !== undefined;
}

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

/** The system's place for a service's state, or the user's own. */
function defaultDataDirectory(environment: SettingsSources['environment']): string {
  const name = 'countersign-server';
  if (process.platform === 'win32') {
    return join(environment['PROGRAMDATA'] ?? join(homedir(), 'AppData', 'Local'), name);
  }
  if (process.getuid?.() === 0) return join('/var/lib', name);
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', name);
  }
  return join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), name);
}
