import type { LeaseStore } from '../lease-store.ts';
import type { SqlDatabase } from './sql-database.ts';

const claim = `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $4)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
  WHERE leases.holder = excluded.holder OR leases.expires_at <= $3`;

/** Leases. */
export function createLeaseStore(database: SqlDatabase): LeaseStore {
  return {
    claim: async (name, holder, now, until) =>
      (await database.run(claim, [name, holder, now.getTime(), until.getTime()])) > 0,
    async release(name, holder) {
      await database.run('DELETE FROM leases WHERE name = $1 AND holder = $2', [name, holder]);
    },
  };
}
