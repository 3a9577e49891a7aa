/** Signing in at the administrators' own OpenID provider: OpenID Connect code flow with PKCE. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  type ClientAuth,
  type Configuration,
  type IDToken,
} from 'openid-client';
import { describeError, type Clock, type Logger, type RandomSource } from '../../core/index.ts';
import type { AuditLog } from '../audit/index.ts';
import type { SessionCookie } from '../sessions/index.ts';
import type { AdministratorRole, Storage } from '../storage/index.ts';
import type { AdministratorInfo } from './access.ts';
import { describeAdministrator, type Accounts } from './accounts.ts';
import { createCeremonies } from './ceremonies.ts';
import { AdminError } from './errors.ts';
import type { FederationProvider, FederationSettings } from './federation-settings.ts';

/** What {@link createFederation} needs. */
export interface FederationContext {
  readonly storage: Storage;
  readonly settings: FederationSettings;
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  /** Binds a sign-in to the browser that began it. */
  readonly cookie: SessionCookie;
  /** @returns where the provider sends browsers back to */
  readonly redirectUri: () => string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** See the head of this file. */
export interface Federation {
  /** What people call the provider; undefined where there is none. */
  name(): Promise<string | undefined>;
  /** @throws AdminError `federation_off`, `federation_failed` */
  begin(): Promise<{ readonly location: string; readonly setCookie: string }>;
  /**
   * @returns who signed in, with the role that the provider gives
   * @throws AdminError `federation_off`, `federation_failed`, `federation_no_role`
   */
  finish(query: string, cookieHeader: string | undefined): Promise<AdministratorInfo>;
}

interface State {
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Of the settings that it was begun under. */
  readonly version: number;
}

/** How long the provider may take for one answer, in seconds. */
const timeout = 10;

/** Makes the service. */
export function createFederation(context: FederationContext): Federation {
  const { storage, settings, cookie, clock, random, logger } = context;
  const ceremonies = createCeremonies<State>(storage.oidc, 'openid', clock, random);
  let discovered: { readonly version: number; readonly configuration: Configuration } | undefined;

  async function provider() {
    const { provider: set, version } = await settings.load();
    if (set === undefined) throw new AdminError('federation_off');
    return { set, version };
  }

  async function configure(set: FederationProvider, version: number): Promise<Configuration> {
    if (discovered?.version === version) return discovered.configuration;
    const { issuer, clientId, clientSecret } = set;
    const configuration = await discovery(
      new URL(issuer),
      clientId,
      undefined,
      authenticateBy(clientSecret),
      {
        timeout,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; the settings take http on this machine only
        execute: issuer.startsWith('http:') ? [allowInsecureRequests] : [],
      },
    );
    discovered = { version, configuration };
    return configuration;
  }

  async function confirmed<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof AdminError) throw cause;
      logger.warn('OpenID provider of administrators failed', { error: describeError(cause) });
      throw new AdminError('federation_failed', { cause });
    }
  }

  return {
    name: async () => (await settings.load()).provider?.name,
    async begin() {
      const { set, version } = await provider();
      return confirmed(async () => {
        const configuration = await configure(set, version);
        const [nonce, codeVerifier] = [randomNonce(), randomPKCECodeVerifier()];
        const state = await ceremonies.begin({ nonce, codeVerifier, version });
        const url = buildAuthorizationUrl(configuration, {
          ...{ redirect_uri: context.redirectUri(), scope: 'openid profile email', state, nonce },
          code_challenge: await calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        });
        return { location: url.href, setCookie: cookie.set(state) };
      });
    },
    async finish(query, cookieHeader) {
      const { set, version } = await provider();
      const state = cookie.read(cookieHeader);
      const begun = state === undefined ? undefined : await ceremonies.take(state);
      if (state === undefined || begun?.version !== version) {
        throw new AdminError('federation_failed');
      }
      const claims = await confirmed(async () => {
        const callback = new URL(`${context.redirectUri()}?${query}`);
        const tokens = await authorizationCodeGrant(await configure(set, version), callback, {
          ...{ expectedState: state, expectedNonce: begun.nonce },
          ...{ pkceCodeVerifier: begun.codeVerifier, idTokenExpected: true },
        });
        return tokens.claims();
      });
      if (claims === undefined) throw new AdminError('federation_failed');
      return admit(context, set, claims);
    },
  };
}

/** As the provider's metadata says; where they say nothing, basic (OpenID Connect Discovery section 3). */
function authenticateBy(clientSecret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(clientSecret), ClientSecretPost(clientSecret)];
  return (server, ...request) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (methods.includes('client_secret_basic') ? basic : post)(server, ...request);
  };
}

/** Whether roles come from the provider's claim; else an administrator gives each person theirs. */
function hasRoleValues({ adminValues, auditorValues }: FederationProvider): boolean {
  return adminValues.length + auditorValues.length > 0;
}

function roleOf(set: FederationProvider, claims: IDToken): AdministratorRole | undefined {
  const values = new Set([claims[set.roleClaim]].flat());
  if (set.adminValues.some((value) => values.has(value))) return 'admin';
  return set.auditorValues.some((value) => values.has(value)) ? 'auditor' : undefined;
}

/** Finds who signed in, or makes an account for them, with the role that they have now. */
async function admit(
  { storage, accounts, audit }: FederationContext,
  set: FederationProvider,
  claims: IDToken,
): Promise<AdministratorInfo> {
  const federation = { issuer: claims.iss, subject: claims.sub };
  const known = await storage.administrators.findByFederation(claims.iss, claims.sub);
  const role = hasRoleValues(set) ? roleOf(set, claims) : known?.role;
  if (role === undefined || known?.disabled === true) throw new AdminError('federation_no_role');
  if (known?.role === role) return describeAdministrator(known);
  return storage.atomically(async () => {
    const info =
      known === undefined
        ? await accounts.add({ name: await freeName(accounts, claims), role, federation })
        : await accounts.change(known.id, known.version, { role });
    const action = known === undefined ? 'administrator.add' : 'administrator.change';
    const before = known && { role: known.role };
    const after = { name: info.name, role, federation };
    await audit.append({ actor: set.name, via: 'server', target: info.id, action, before, after });
    return info;
  });
}

/** A name that somebody else has here already is not taken over. */
async function freeName(accounts: Accounts, claims: IDToken): Promise<string> {
  const candidates = [claims['preferred_username'], claims['email']];
  const wanted =
    candidates.find((name): name is string => typeof name === 'string' && name !== '') ??
    claims.sub;
  const taken = new Set((await accounts.list()).map(({ name }) => name.toLowerCase()));
  const name = wanted.slice(0, 80);
  if (!taken.has(name.toLowerCase())) return name;
  let number = 2;
  while (taken.has(`${name} (${number})`.toLowerCase())) number += 1;
  return `${name} (${number})`;
}
