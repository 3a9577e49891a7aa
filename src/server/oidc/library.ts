/** The OpenID provider's library, loaded when OpenID Connect is first used. */

import type * as library from 'oidc-provider';

/** The library's module. */
export type OidcLibrary = typeof library;

let loaded: Promise<OidcLibrary> | undefined;

/** @returns the library; nobody else pays for loading it */
export function loadLibrary(): Promise<OidcLibrary> {
  loaded ??= import('oidc-provider');
  return loaded;
}
