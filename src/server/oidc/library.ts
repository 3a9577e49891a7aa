/** The OpenID provider's library, loaded when OpenID Connect is first used. */

/** The library's module. */
export type OidcLibrary = typeof import('oidc-provider');

let loaded: Promise<OidcLibrary> | undefined;

/** @returns the library; nobody else pays for loading it */
export function loadLibrary(): Promise<OidcLibrary> {
  loaded ??= import('oidc-provider');
  return loaded;
}
