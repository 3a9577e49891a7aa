/** Where OpenID Connect is served. */

/** The mount point: the OpenID issuer is the server's issuer URL with this path. */
export const oidcMount = '/oidc';

/** Paths below the mount point. */
export const oidcPaths = {
  discovery: '/.well-known/openid-configuration',
  keys: '/jwks',
  authorization: '/auth',
  token: '/token',
  userinfo: '/userinfo',
  interaction: '/interaction',
  page: '/page',
} as const;

/** Path of one sign-in's page, and of what it calls. */
export function interactionPath(uid: string): string {
  return `${oidcMount}${oidcPaths.interaction}/${uid}`;
}
