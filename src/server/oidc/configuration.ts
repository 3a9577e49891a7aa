/** How the OpenID provider's library is set up: what is not needed is off. */
import type { Account, Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { JWK } from 'jose';
import { serverErrors } from '../errors.ts';
import { supportedAcrs } from './assurance.ts';
import type { DeviceSignIns } from './device-sign-in.ts';
import { renderErrorPage } from './error-page.ts';
import { interactionPath, oidcPaths } from './paths.ts';

/** Seconds. */
export const lifetimes = {
  /** To prove the device; Microsoft Entra gives up after ten minutes. */
  interaction: 600,
  code: 60,
  /** Opens /userinfo, and nothing else. */
  accessToken: 600,
  idToken: 600,
} as const;

/** What the configuration is made of. */
export interface ConfigurationContext {
  readonly adapter: NonNullable<Configuration['adapter']>;
  readonly policy: NonNullable<Configuration['interactions']>['policy'];
  readonly signIns: DeviceSignIns;
  /** Private keys, the one that signs first. */
  readonly keys: readonly JWK[];
  /** True where browsers reach the server over https. */
  readonly secure: boolean;
}

/** Claims in every ID token and at /userinfo. */
const claims = ['sub', 'acr', 'amr', 'auth_time', 'device_id', 'txn', 'cnf', 'preferred_username'];

/** Makes the configuration. */
export function createConfiguration(context: ConfigurationContext): Configuration {
  return {
    adapter: context.adapter,
    jwks: { keys: [...context.keys] as NonNullable<Configuration['jwks']>['keys'] },
    interactions: {
      policy: context.policy,
      url: (_ctx, interaction) => interactionPath(interaction.uid),
    },
    findAccount: (ctx, _subject, token) => findAccount(ctx, context.signIns, token),
    renderError: (ctx, { error, error_description: description = error }) => {
      const failed = error === 'server_error';
      ctx.type = 'html';
      ctx.body = renderErrorPage(
        failed ? serverErrors.internal_error : description,
        error,
      ).toString();
    },
    routes: {
      authorization: oidcPaths.authorization,
      token: oidcPaths.token,
      userinfo: oidcPaths.userinfo,
      jwks: oidcPaths.keys,
    },
    cookies: cookies(context.secure),
    ...offered,
  };
}

/** What is offered, and to whom. */
const offered: Configuration = {
  acrValues: [...supportedAcrs],
  claims: { openid: claims },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  // Everything that a token says of a device stands in the ID token, whatever else is issued.
  conformIdTokenClaims: false,
  clientBasedCORS: isOwnPage,
  enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
  // Nothing lives on with a session: each sign-in stands alone.
  expiresWithSession: () => Promise.resolve(false),
  features: {
    claimsParameter: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
    rpInitiatedLogout: { enabled: false },
  },
  responseTypes: ['code', 'id_token'],
  scopes: ['openid', 'profile'],
  subjectTypes: ['public'],
  ttl: {
    AccessToken: lifetimes.accessToken,
    AuthorizationCode: lifetimes.code,
    Grant: lifetimes.interaction,
    IdToken: lifetimes.idToken,
    Interaction: lifetimes.interaction,
    Session: lifetimes.interaction,
  },
};

/**
 * Pages that may read answers of the token and userinfo endpoints: of clients that live in the browser
 * and so have no secret, those that their redirect URIs are on.
 */
function isOwnPage(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  const { tokenEndpointAuthMethod, redirectUris = [] } = client;
  if (tokenEndpointAuthMethod !== 'none') return false;
  return redirectUris.some((uri) => new URL(uri).origin === origin);
}

function cookies(secure: boolean): NonNullable<Configuration['cookies']> {
  const prefix = secure ? '__Secure-' : '';
  const attributes = { httpOnly: true, sameSite: 'lax' } as const;
  return {
    names: {
      session: `${prefix}countersign-oidc`,
      interaction: `${prefix}countersign-oidc-sign-in`,
      resume: `${prefix}countersign-oidc-return`,
    },
    short: attributes,
    long: attributes,
  };
}

/** The account of a grant: what the sign-in showed, told by subject. */
async function findAccount(
  { oidc }: KoaContextWithOIDC,
  signIns: DeviceSignIns,
  token: { readonly grantId?: string | undefined } | undefined,
): Promise<Account | undefined> {
  const grant = token?.grantId ?? oidc.result?.consent?.grantId;
  const signIn = grant === undefined ? undefined : await signIns.find(grant);
  if (signIn === undefined) return undefined;
  const { subject: accountId, claims: about } = signIn;
  return { accountId, claims: () => ({ ...about, sub: accountId }) };
}
