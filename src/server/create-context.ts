/** Composes what the routes are made of, from options and storage. */
import { createAdministering } from './administering.ts';
import { createRateLimiter, type ApiContext, type Site } from './api/index.ts';
import { createSubmissions, createTransactions } from './challenges/index.ts';
import { createReadiness } from './operations/index.ts';
import type { ResolvedOptions } from './options.ts';
import { createServices } from './services.ts';
import { sessionCookie } from './sessions/index.ts';

/** Failed sign-ins of administrators and wrong tokens, per minute and network address. */
const adminFailuresPerMinute = 10;

/** Makes the services of one server, and the state that its routes share. */
export function createContext(options: ResolvedOptions, site: Site): ApiContext {
  const { storage, clock, random, logger } = options;
  const services = createServices(options);
  const { authorities, platforms, inventory, policies, applications } = services;
  const { signingKeys, revocation } = services;
  const judging = { platforms, inventory, policies, applications };
  const administering = createAdministering(services, {
    ...{ adminToken: options.adminToken, setupToken: options.setupToken },
    failures: createRateLimiter(adminFailuresPerMinute, clock),
    ...{ issuer: () => site.issuer(), secure: site.secure, clock, random, logger },
  });
  return {
    site,
    ...services,
    ...administering,
    transactions: createTransactions({
      storage,
      platforms,
      signingKeys,
      clock,
      random,
      issuer: () => site.issuer(),
      algorithms: options.algorithms,
      loopbackPorts: options.loopbackPorts,
      lifetimeSeconds: options.challengeLifetime,
      maxPending: options.limits.pendingTransactions,
    }),
    submissions: createSubmissions({ ...judging, storage, revocation, clock, logger }),
    flowCookie: sessionCookie('countersign', site.secure),
    readiness: createReadiness({ storage, signingKeys, authorities }),
    clock,
    random,
    logger,
  };
}
