/** Writes PKCS #11 URIs, RFC 7512: where a token or an object in it is found again. */
import type { Pkcs11ObjectType } from './pkcs11-uri.ts';

/** Path attributes that {@link formatPkcs11Uri} writes, in their order. */
export interface Pkcs11Location {
  readonly token: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly object?: string;
  readonly id?: Uint8Array;
  readonly type?: Pkcs11ObjectType;
}

/** The module that a URI's query names. */
export interface Pkcs11Module {
  /** Absolute path. */
  readonly modulePath: string;
  /** What C_Initialize is given in pReserved; undefined where the module wants nothing. */
  readonly initArgs: string | undefined;
}

/**
 * Writes a PKCS #11 URI that finds a token, or an object in it, again.
 *
 * @param location - what to name; empty texts and ids are left out
 * @param module - what to find it with
 */
export function formatPkcs11Uri(location: Pkcs11Location, module: Pkcs11Module): string {
  const parts = (['token', 'manufacturer', 'model', 'serial'] as const).flatMap((name) => {
    const value = location[name];
    return value === undefined || value === '' ? [] : [`${name}=${percentEncode(value)}`];
  });
  if (location.id !== undefined && location.id.length > 0) {
    const bytes = Array.from(location.id, (b) => `%${b.toString(16).padStart(2, '0')}`);
    parts.push(`id=${bytes.join('')}`);
  }
  if (location.object !== undefined && location.object !== '') {
    parts.push(`object=${percentEncode(location.object)}`);
  }
  if (location.type !== undefined) parts.push(`type=${location.type}`);
  return `pkcs11:${parts.join(';')}?${moduleQuery(module)}`;
}

/**
 * A PKCS #11 URI's path attributes with another query: the same search, in one module.
 *
 * @param uri - of the form `scheme:path?query`
 * @param module - the module to search
 */
export function withModule(uri: string, module: Pkcs11Module): string {
  const path = uri.replace(/^[^:]*:/, '').replace(/\?.*$/s, '');
  return `pkcs11:${path}?${moduleQuery(module)}`;
}

function moduleQuery({ modulePath, initArgs }: Pkcs11Module): string {
  const path = `module-path=${encodePath(modulePath)}`;
  return initArgs === undefined ? path : `${path}&x-init-reserved=${percentEncode(initArgs)}`;
}

function encodePath(path: string): string {
  return percentEncode(path).replace(/%2F/g, '/');
}

function percentEncode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
