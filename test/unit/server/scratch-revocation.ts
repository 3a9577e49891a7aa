import { silentLogger, systemRandom, type Clock } from '../../../src/core/index.ts';
import {
  createRevocation,
  defaultRevocationOptions,
  type Revocation,
  type RevocationOptions,
  type Storage,
} from '../../../src/server/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';

/** The real revocation service over a storage. */
export function scratchRevocation(
  storage: Storage,
  clock: Clock,
  options: Partial<RevocationOptions> = {},
): Revocation {
  return createRevocation({
    store: storage.revocation,
    leases: storage.leases,
    options: { ...defaultRevocationOptions, ...options },
    authorities: async () =>
      (await storage.authorities.list()).map(({ der }) => parseCertificate(der)),
    clock,
    random: systemRandom,
    logger: silentLogger,
  });
}
