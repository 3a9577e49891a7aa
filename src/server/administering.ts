/** Composes what administrators use: their sign-in, and the use cases over a server's services. */
import type { Clock, Logger, RandomSource } from '../core/index.ts';
import {
  createAccounts,
  createAdministratorAccess,
  createBrowserSessions,
  createFederation,
  createFederationSettings,
  createOwnAccount,
  createPasskeys,
  createPasswords,
  type AdministratorAccess,
  type AttemptLimiter,
  type OwnAccount,
} from './admins/index.ts';
import {
  createAdministrations,
  createTokenAccess,
  type AdministrationContext,
  type Administrations,
  type TokenAccess,
} from './administration/index.ts';
import { createAuditLog } from './audit/index.ts';
import { sessionCookie } from './sessions/index.ts';

/** What administrators use. */
export interface Administering {
  readonly administrations: Administrations;
  readonly access: AdministratorAccess;
  readonly ownAccount: OwnAccount;
  readonly tokens: TokenAccess;
  /** Failed sign-ins, wrong tokens and the like, by network address. */
  readonly failures: AttemptLimiter;
}

/** What {@link createAdministering} needs besides a server's services. */
export interface AdministeringOptions {
  /** The token of the data directory. */
  readonly adminToken: string | undefined;
  /** What who sets the server up must know. */
  readonly setupToken: string | undefined;
  readonly failures: AttemptLimiter;
  /** @returns the server's issuer URL */
  readonly issuer: () => string;
  /** True where browsers reach the server over https. */
  readonly secure: boolean;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** The services of a server that the use cases work on. */
export type AdministeredServices = Omit<
  AdministrationContext,
  'accounts' | 'federation' | 'redirectUri' | 'audit' | 'clock' | 'random'
>;

/** Where the administrators' OpenID provider sends browsers back to. */
const callbackPath = '/admin/oidc/callback';

/** Composes it. */
export function createAdministering(
  services: AdministeredServices,
  options: AdministeringOptions,
): Administering {
  const { storage } = services;
  const { clock, random, logger, failures, issuer, secure } = options;
  const audit = createAuditLog(storage.audit, clock);
  const passwords = createPasswords(random);
  const accounts = createAccounts(storage, passwords, clock, random);
  const settings = createFederationSettings(storage.settings);
  const passkeys = createPasskeys({ storage, clock, random, issuer });
  const cookie = sessionCookie('countersign-admin', secure);
  const redirectUri = (): string => issuer() + callbackPath;
  const federation = createFederation({
    ...{ storage, settings, accounts, audit, redirectUri, clock, random, logger },
    cookie: sessionCookie('countersign-admin-oidc', secure),
  });
  return {
    administrations: createAdministrations({
      ...services,
      ...{ accounts, federation: settings, redirectUri, audit, clock, random },
    }),
    access: createAdministratorAccess({
      ...{ storage, accounts, passwords, passkeys, federation, audit, failures, clock, logger },
      sessions: createBrowserSessions(storage, cookie, clock, random),
      setupToken: options.setupToken,
    }),
    ownAccount: createOwnAccount({
      storage,
      accounts,
      passwords,
      passkeys,
      audit,
      failures,
      clock,
    }),
    tokens: createTokenAccess(storage.apiTokens, options.adminToken, clock),
    failures,
  };
}
