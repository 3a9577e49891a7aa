/** The OpenID provider: identity providers and applications ask for managed devices (docs/deploy/oidc.md). */
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api/index.ts';
import type { SigningKeys } from '../challenges/index.ts';
import { createOidcClients } from './clients.ts';
import { lifetimes } from './configuration.ts';
import { createDeviceSignIns } from './device-sign-in.ts';
import { createEntraHints } from './entra-hint.ts';
import { registerInteractionRoutes } from './interaction-routes.ts';
import { createInteractions } from './interactions.ts';
import { mountProvider } from './mount.ts';
import { oidcMount } from './paths.ts';
import { createProviders } from './provider.ts';

export { OidcError, oidcErrors, type OidcErrorCode } from './errors.ts';
export { openidKeys } from './openid-keys.ts';
export { parseOidcSettings, type EntraSettings, type OidcSettings } from './settings.ts';

/** What {@link registerOidc} needs beside the rest of the server. */
export interface OidcOptions {
  /** The keys that ID tokens are signed with. */
  readonly keys: SigningKeys;
  /** Where pages look for the agent. */
  readonly loopbackPorts: readonly number[];
  /** Most sign-ins under way at a time; beyond it, the oldest are forgotten. */
  readonly maxInteractions: number;
}

/** Adds the routes below /oidc. */
export function registerOidc(
  app: FastifyInstance,
  { site, storage, transactions, clock, logger }: ApiContext,
  { keys, loopbackPorts, maxInteractions }: OidcOptions,
): void {
  const clients = createOidcClients(storage.applications, logger);
  const signIns = createDeviceSignIns(storage.oidc, clock, lifetimes.code + lifetimes.accessToken);
  const providers = createProviders({
    issuer: () => site.issuer() + oidcMount,
    secure: site.secure,
    keys,
    store: storage.oidc,
    clients,
    signIns,
    entraHints: createEntraHints(clock),
    maxInteractions,
    clock,
    logger,
  });
  mountProvider(app, site, providers);
  const interactions = createInteractions({
    providers,
    clients,
    transactions,
    signIns,
    origin: () => site.issuer(),
  });
  registerInteractionRoutes(app, { site, interactions, loopbackPorts });
}
