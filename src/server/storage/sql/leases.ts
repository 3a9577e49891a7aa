import type { LeaseStore } from '../lease-store.ts';
import type { SqlDatabase } from './sql-database.ts';

const claim = `INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $4)
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
  WHERE leases.holder = excluded.holder OR leases.expires_at <= $3 OR leases.expires_at > $5`;

/** Leases. */
export function createLeaseStore(database: SqlDatabase): LeaseStore {
  return {
    async claim(name, holder, now, until) {
      const [start, end] = [now.getTime(), until.getTime()];
      // Twice the term from now: no clock that is nearly right gives a lease for so long.
      const changed = await database.run(claim, [name, holder, start, end, end + (end - start)]);
      return changed > 0;
    },
    async release(name, holder) {
      await database.run('DELETE FROM leases WHERE name = $1 AND holder = $2', [name, holder]);
    },
  };
}
