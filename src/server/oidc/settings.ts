/** What OpenID Connect needs to know of an application besides its redirect URIs. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { parseServerUrl } from '../../protocol/index.ts';
import type { ApplicationKind } from '../storage/index.ts';
import { OidcError } from './errors.ts';

/** Settings of an application of the kinds `oidc`, `okta` and `entra` (docs/deploy/oidc.md). */
export interface OidcSettings {
  /**
   * True where the ID token repeats the request's `login_hint` as `preferred_username`. Only for an
   * identity provider that compares it with the person it has authenticated itself: the hint is what
   * the browser said, and proves nothing.
   */
  readonly carryLoginHint: boolean;
  /** Hexadecimal SHA-256 of CA certificates that are issued to keys in hardware only. */
  readonly hardwareAuthorities: readonly string[];
  /** The tenant that uses this server as its external authentication method. */
  readonly entra?: EntraSettings;
}

/** A Microsoft Entra tenant. */
export interface EntraSettings {
  /** The cloud's authority: an origin such as https://login.microsoftonline.com. */
  readonly authority: string;
  /** Directory (tenant) ID. */
  readonly tenant: string;
  /** Application (client) ID of the app registration that stands for this server in the tenant. */
  readonly appId: string;
}

const members = ['carryLoginHint', 'hardwareAuthorities', 'entra'] as const;
const entraMembers = ['authority', 'tenant', 'appId'] as const;

const globalAuthority = 'https://login.microsoftonline.com';
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const maxHardwareAuthorities = 64;

/**
 * Reads an application's settings strictly.
 *
 * @throws OidcError `oidc_settings_invalid`, naming the member
 */
export function parseOidcSettings(kind: ApplicationKind, settings: JsonObject): OidcSettings {
  refuseUnknown(settings, members, '');
  const { carryLoginHint = kind === 'okta', hardwareAuthorities = [], entra } = settings;
  if (typeof carryLoginHint !== 'boolean') throw invalid('carryLoginHint must be true or false');
  if ((kind === 'entra') !== (entra !== undefined)) {
    throw invalid('entra must be given for the kind "entra", and for no other');
  }
  return {
    carryLoginHint,
    hardwareAuthorities: parseFingerprints(hardwareAuthorities),
    ...(entra === undefined ? {} : { entra: parseEntra(entra) }),
  };
}

function parseFingerprints(value: JsonValue): readonly string[] {
  const isList = Array.isArray(value) && value.length <= maxHardwareAuthorities;
  const texts = isList ? value.filter((item) => typeof item === 'string') : [];
  const fingerprints = texts.map((text) => text.replace(/:/g, '').toLowerCase());
  const wellFormed = fingerprints.every((text) => /^[0-9a-f]{64}$/.test(text));
  if (isList && texts.length === value.length && wellFormed) return fingerprints;
  throw invalid('hardwareAuthorities must be a list of SHA-256 fingerprints of CA certificates');
}

function parseEntra(value: JsonValue): EntraSettings {
  if (!isJsonObject(value)) throw invalid('entra must be an object');
  refuseUnknown(value, entraMembers, 'entra.');
  const { authority = globalAuthority } = value;
  if (typeof authority !== 'string' || parseServerUrl(authority)?.origin !== authority) {
    throw invalid(`entra.authority must be an origin such as ${globalAuthority}`);
  }
  return {
    authority,
    tenant: parseGuid(value, 'tenant', 'Directory (tenant) ID'),
    appId: parseGuid(value, 'appId', 'Application (client) ID'),
  };
}

function parseGuid(value: JsonObject, name: 'tenant' | 'appId', title: string): string {
  const text = value[name];
  const lower = typeof text === 'string' ? text.toLowerCase() : '';
  if (guid.test(lower)) return lower;
  throw invalid(`entra.${name} must be the ${title}: a GUID`);
}

function refuseUnknown(value: JsonObject, known: readonly string[], prefix: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`there is no setting ${prefix}${unknown}`);
}

function invalid(fault: string): OidcError {
  return new OidcError('oidc_settings_invalid', { message: `OpenID Connect settings: ${fault}.` });
}
