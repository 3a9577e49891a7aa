/** The OpenID provider: oidc-provider over this server's storage, keys and applications. */
import type { EventEmitter } from 'node:events';
import type Provider from 'oidc-provider';
import type { JWK } from 'jose';
import { describeError, type Clock, type Logger } from '../../core/index.ts';
import { isSecret } from '../applications/client-secret.ts';
import type { SigningKeys } from '../challenges/index.ts';
import type { OidcStore } from '../storage/index.ts';
import { createOidcAdapter } from './adapter.ts';
import type { OidcClients } from './clients.ts';
import { createConfiguration } from './configuration.ts';
import type { DeviceSignIns } from './device-sign-in.ts';
import type { EntraHints } from './entra-hint.ts';
import { OidcError } from './errors.ts';
import { loadLibrary, type OidcLibrary } from './library.ts';
import { createRequestPolicy } from './request-policy.ts';

/** What the provider is made of. */
export interface ProviderContext {
  /** The OpenID issuer. */
  readonly issuer: () => string;
  readonly secure: boolean;
  readonly keys: Pick<SigningKeys, 'privateKeys'>;
  readonly store: OidcStore;
  readonly clients: OidcClients;
  readonly signIns: DeviceSignIns;
  readonly entraHints: EntraHints;
  /** Most sign-ins under way at a time; beyond it, the oldest are forgotten. */
  readonly maxInteractions: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Gives the provider with the keys of the moment. */
export interface Providers {
  current(): Promise<Provider>;
}

/**
 * Makes the service. All that the provider remembers is in the storage: after a rotation of keys, a
 * new one goes on where the one before was.
 */
export function createProviders(context: ProviderContext): Providers {
  let made: { readonly keys: string; readonly provider: Promise<Provider> } | undefined;
  return {
    async current() {
      const keys = await context.keys.privateKeys();
      const ids = keys.map(({ kid }) => kid).join(' ');
      if (made?.keys !== ids) made = { keys: ids, provider: createProvider(context, keys) };
      return made.provider;
    },
  };
}

async function createProvider(context: ProviderContext, keys: readonly JWK[]): Promise<Provider> {
  const library = await loadLibrary();
  const { clients, store, clock, maxInteractions } = context;
  const configuration = createConfiguration({
    ...context,
    keys,
    adapter: createOidcAdapter({
      store,
      clients,
      clock,
      maxInteractions,
      alreadyUsed: () => new library.errors.InvalidGrant('it was used before'),
    }),
    policy: createRequestPolicy(
      library,
      async (id) => (await clients.find(id))?.settings.entra !== undefined,
    ),
  });
  const provider = new library.Provider(context.issuer(), configuration);
  // The scheme and host of the request are what mount.ts says they are.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function (secret) {
    return isSecret(secret, this.clientSecret);
  };
  takeTenantsHints(provider, library, context);
  forgetSessions(provider);
  logEvents(provider, context.logger);
  return provider;
}

/** The hint of a Microsoft Entra tenant is signed by the tenant; every other one by this provider. */
function takeTenantsHints(
  provider: Provider,
  { errors }: OidcLibrary,
  { clients, entraHints }: ProviderContext,
): void {
  const own = provider.IdToken.validate.bind(provider.IdToken);
  provider.IdToken.validate = async (hint, client) => {
    const entra = (await clients.find(client.clientId))?.settings.entra;
    if (entra === undefined) return own(hint, client);
    try {
      const { subject } = await entraHints.verify(hint, entra);
      return { header: {}, payload: { sub: subject } };
    } catch (error) {
      if (!(error instanceof OidcError)) throw error;
      const { code, message } = error;
      throw code === 'oidc_tenant_unreachable'
        ? new errors.TemporarilyUnavailable(message, { cause: error })
        : new errors.InvalidRequest(message, undefined, { cause: error });
    }
  };
}

/** Each sign-in is a session of its own, which ends with it: the browser is given no cookie for it. */
function forgetSessions(provider: Provider): void {
  const session = `${provider.cookieName('session')}=`;
  provider.use(async (ctx, next) => {
    await next();
    const given = [ctx.response.headers['set-cookie'] ?? []].flat();
    const kept = given.filter((cookie) => !cookie.startsWith(session));
    if (kept.length > 0) ctx.set('set-cookie', kept);
    else ctx.remove('set-cookie');
  });
}

function logEvents(provider: Provider, logger: Logger): void {
  provider.on('authorization.error', ({ oidc }, { error, error_description: reason }) => {
    const client = oidc.client?.clientId;
    logger.info('OpenID sign-in refused', { client, error, reason });
  });
  provider.on('grant.error', ({ oidc }, { error, error_description: reason }) => {
    const client = oidc.client?.clientId;
    logger.warn('OpenID token request refused', { client, error, reason });
  });
  const logFault = (error: unknown): void => {
    logger.error('OpenID request failed', { error: describeError(error) });
  };
  provider.on('server_error', (_ctx, error) => {
    logFault(error);
  });
  const emitter: EventEmitter = provider;
  emitter.on('error', logFault);
}
