import type { SessionStore } from '../session-store.ts';
import type { SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly transaction_id: string;
  readonly created_at: number;
  readonly expires_at: number;
}

const insert = `INSERT INTO sessions (id, transaction_id, created_at, expires_at)
  VALUES ($1, $2, $3, $4) ON CONFLICT (transaction_id) DO NOTHING`;

const sweep = `DELETE FROM sessions WHERE id IN
  (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`;

/** Sessions of the server's own pages. */
export function createSessionStore(database: SqlDatabase): SessionStore {
  return {
    async add({ id, transaction, createdAt, expiresAt }) {
      const row = [id, transaction, createdAt.getTime(), expiresAt.getTime()];
      return (await database.run(insert, row)) > 0;
    },
    async find(id, now) {
      const sql = 'SELECT * FROM sessions WHERE id = $1 AND expires_at > $2';
      const row = await database.get<Row>(sql, [id, now.getTime()]);
      if (row === undefined) return undefined;
      return {
        id: row.id,
        transaction: row.transaction_id,
        createdAt: new Date(row.created_at),
        expiresAt: new Date(row.expires_at),
      };
    },
    async end(id, at) {
      const sql = 'UPDATE sessions SET expires_at = $2 WHERE id = $1 AND expires_at > $2';
      await database.run(sql, [id, at.getTime()]);
    },
    sweep: (before, limit) => database.run(sweep, [before.getTime(), limit]),
  };
}
