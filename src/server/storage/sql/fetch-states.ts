import type { FetchState, RevocationStore } from '../revocation-store.ts';
import type { SqlDatabase } from './sql-database.ts';

interface Row {
  readonly address: string;
  readonly attempted_at: number;
  readonly failures: number;
  readonly error: string | null;
}

/** The part of a {@link RevocationStore} that keeps how fetching went. */
type FetchPart = Pick<
  RevocationStore,
  'listFetchStates' | 'findFetchState' | 'putFetchState' | 'sweepFetchStates'
>;

const put = `INSERT INTO fetches (address, attempted_at, failures, error) VALUES ($1, $2, $3, $4)
  ON CONFLICT (address) DO UPDATE SET
    attempted_at = excluded.attempted_at, failures = excluded.failures, error = excluded.error`;

const sweep = `DELETE FROM fetches WHERE address IN
  (SELECT address FROM fetches WHERE attempted_at < $1 ORDER BY attempted_at LIMIT $2)`;

/** How fetching went. */
export function fetchStates(database: SqlDatabase): FetchPart {
  return {
    async listFetchStates() {
      const rows = await database.all<Row>('SELECT * FROM fetches ORDER BY address');
      return rows.map(toFetchState);
    },
    async findFetchState(address) {
      const row = await database.get<Row>('SELECT * FROM fetches WHERE address = $1', [address]);
      return row && toFetchState(row);
    },
    async putFetchState({ address, attemptedAt, failures, error }) {
      await database.run(put, [address, attemptedAt.getTime(), failures, error ?? null]);
    },
    sweepFetchStates: (attemptedBefore, limit) =>
      database.run(sweep, [attemptedBefore.getTime(), limit]),
  };
}

function toFetchState({ address, attempted_at, failures, error }: Row): FetchState {
  return { address, attemptedAt: new Date(attempted_at), failures, error: error ?? undefined };
}
