/** Reads an application as people and programs give it: strictly, naming what is wrong. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { isLoopbackHost, parseOrigin } from '../../protocol/index.ts';
import { OidcError } from '../oidc/errors.ts';
import { parseOidcSettings } from '../oidc/settings.ts';
import type { ApplicationKind, StoredApplication } from '../storage/index.ts';
import type { ApplicationInput } from './applications.ts';
import { ApplicationError } from './errors.ts';

/** Bounds of an application. */
export const applicationLimits = {
  nameLength: 100,
  origins: 32,
  redirectUris: 32,
  urlLength: 2048,
  settingsLength: 8192,
} as const;

/** Kinds of application, in the order in which they are offered. */
export const applicationKinds = [
  'api',
  'oidc',
  'okta',
  'entra',
] as const satisfies ApplicationKind[];

/** Kinds that can do without a secret: what they are told goes to their redirect URI alone. */
const publicKinds: readonly ApplicationKind[] = ['oidc', 'entra'];

/** What an administrator decides of an application. */
export type ApplicationFields = Pick<
  StoredApplication,
  'name' | 'policy' | 'origins' | 'redirectUris' | 'settings' | 'disabled'
>;

/** Where nothing else is given. */
export const defaultFields: Omit<ApplicationFields, 'name'> = {
  policy: undefined,
  origins: [],
  redirectUris: [],
  settings: '{}',
  disabled: false,
};

/**
 * Reads the kind of a new application, and whether it has a secret.
 *
 * @throws ApplicationError `application_invalid`
 */
export function parseKind(input: ApplicationInput): {
  readonly kind: ApplicationKind;
  readonly isPublic: boolean;
} {
  const kind = applicationKinds.find((one) => one === input.kind);
  if (kind === undefined) throw invalid(`kind must be one of ${applicationKinds.join(', ')}.`);
  const { public: isPublic = false } = input;
  if (typeof isPublic !== 'boolean') throw invalid('public must be true or false.');
  if (isPublic && !publicKinds.includes(kind)) {
    throw invalid(`An application of the kind ${kind} must have a secret.`);
  }
  return { kind, isPublic };
}

/**
 * Reads the fields that are given over those that there are.
 *
 * @param present - the fields so far; without a name for a new application
 * @throws ApplicationError `application_invalid`
 */
export function parseFields(
  kind: ApplicationKind,
  input: ApplicationInput,
  present: Omit<ApplicationFields, 'name'> & { readonly name?: string },
): ApplicationFields {
  const { name = present.name, policy = present.policy, disabled = present.disabled } = input;
  if (policy !== undefined && typeof policy !== 'string') throw invalid('policy must be an id.');
  if (typeof disabled !== 'boolean') throw invalid('disabled must be true or false.');
  const fields = {
    name: parseName(name),
    policy,
    disabled,
    origins: readList(input.origins, 'origins', applicationLimits.origins, readOrigin),
    redirectUris: readList(
      input.redirectUris,
      'redirectUris',
      applicationLimits.redirectUris,
      readRedirectUri,
    ),
    settings: input.settings === undefined ? undefined : readSettings(input.settings),
  };
  const { origins = present.origins, redirectUris = present.redirectUris } = fields;
  if ((kind === 'oidc' || kind === 'okta') && redirectUris.length === 0) {
    throw invalid(`An application of the kind ${kind} needs a redirect URI.`);
  }
  const { settings = present.settings } = fields;
  if (kind !== 'api') checkOidcSettings(kind, settings);
  return { ...fields, origins, redirectUris, settings };
}

/** What OpenID Connect cannot use is refused when it is saved, not when somebody signs in. */
function checkOidcSettings(kind: ApplicationKind, settings: string): void {
  try {
    parseOidcSettings(kind, JSON.parse(settings) as JsonObject);
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    throw new ApplicationError('application_invalid', { message: error.message, cause: error });
  }
}

function parseName(value: JsonValue | undefined): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '' || name.length > applicationLimits.nameLength || /\p{Cc}/u.test(name)) {
    throw invalid(`name must have 1 to ${applicationLimits.nameLength} characters.`);
  }
  return name;
}

function readList(
  value: JsonValue | undefined,
  what: string,
  most: number,
  read: (item: string) => string,
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.length <= most;
  if (!isList) throw invalid(`${what} must be a list of at most ${most}.`);
  const items = value.map((item: JsonValue) => {
    if (typeof item === 'string' && item.length <= applicationLimits.urlLength) return read(item);
    throw invalid(`${what} must hold addresses.`);
  });
  return [...new Set(items)];
}

/** Origins are compared as a whole: a pattern would never match. */
function readOrigin(text: string): string {
  if (parseOrigin(text) !== undefined && !text.includes('*')) return text;
  throw invalid(`“${text}” is no web origin; give one such as https://login.example.com.`);
}

/** RFC 6749 section 3.1.2: absolute, without a fragment. https, but on one's own machine. */
function readRedirectUri(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (isSafe && !text.includes('#') && url.username === '') return text;
  throw invalid(`“${text}” is no redirect URI; give one such as https://app.example.com/callback.`);
}

function readSettings(value: JsonValue): string {
  const text = isJsonObject(value) ? JSON.stringify(value satisfies JsonObject) : undefined;
  if (text !== undefined && text.length <= applicationLimits.settingsLength) return text;
  throw invalid(`settings must be an object of at most ${applicationLimits.settingsLength} bytes.`);
}

function invalid(message: string): ApplicationError {
  return new ApplicationError('application_invalid', { message });
}
