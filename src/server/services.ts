/** The services over a storage that server and commands share. */
import type { Clock, Logger, RandomSource } from '../core/index.ts';
import { createAdministering } from './administering.ts';
import type { Administration } from './administration/index.ts';
import { createApplications } from './applications/index.ts';
import { createSigningKeys } from './challenges/index.ts';
import { createInventory } from './devices/index.ts';
// The folder's index would bring the OpenID provider along, which commands do without.
import { openidKeys } from './oidc/openid-keys.ts';
import { createPolicies } from './policy/index.ts';
import { createRevocation, type RevocationOptions } from './revocation/index.ts';
import type { Storage } from './storage/index.ts';
import { createAuthorities, createPlatforms } from './trust/index.ts';

/** What {@link createServices} needs. */
export interface ServicesContext {
  readonly storage: Storage;
  readonly revocation: RevocationOptions;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** Makes them. `revocation` is the caller's to close. */
export function createServices(context: ServicesContext) {
  const { storage, clock, random, logger } = context;
  const authorities = createAuthorities(storage.authorities, clock);
  const policies = createPolicies(storage.policies, clock, random);
  return {
    ...{ storage, authorities, policies },
    platforms: createPlatforms(storage.settings, authorities, clock),
    inventory: createInventory({ storage, clock, random }),
    applications: createApplications({ store: storage.applications, policies, clock, random }),
    signingKeys: createSigningKeys(storage.signingKeys, clock),
    openidKeys: createSigningKeys(storage.openidKeys, clock, openidKeys(random)),
    revocation: createRevocation({
      ...{ store: storage.revocation, leases: storage.leases, options: context.revocation },
      authorities: async () => (await authorities.trusted()).map(({ certificate }) => certificate),
      ...{ clock, random, logger },
    }),
  };
}

/** The use cases without a server, for commands. */
export interface LocalAdministration {
  readonly administration: Administration;
  /** Ends fetches; the storage stays open. */
  close(): Promise<void>;
}

/**
 * Opens the use cases over a storage, in the name of the command line. Who can read the storage has
 * the role admin.
 *
 * @param issuer - the server's issuer URL, where the settings name one
 */
export function openLocalAdministration(
  context: ServicesContext,
  issuer: string | undefined,
): LocalAdministration {
  const services = createServices(context);
  const { clock, random, logger } = context;
  const { administrations } = createAdministering(services, {
    ...{ adminToken: undefined, setupToken: undefined, secure: true },
    // Nobody signs in here.
    failures: { peek: () => 0, take: () => 0 },
    ...{ issuer: () => issuer ?? '', clock, random, logger },
  });
  return {
    administration: administrations.as({ name: 'cli', role: 'admin', via: 'cli' }),
    close: () => services.revocation.close(),
  };
}
