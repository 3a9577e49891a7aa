import type { AdministratorSession, AdministratorSessionStore } from '../administrator-store.ts';
import type { SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly administrator: string;
  readonly csrf_token: string;
  readonly created_at: number;
  readonly last_seen_at: number;
  readonly expires_at: number;
}

const insert = `INSERT INTO administrator_sessions
  (id, administrator, csrf_token, created_at, last_seen_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6)`;

const sweep = `DELETE FROM administrator_sessions WHERE id IN
  (SELECT id FROM administrator_sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`;

/** Sessions of administrators. */
export function createAdministratorSessionStore(database: SqlDatabase): AdministratorSessionStore {
  return {
    async add({ id, administrator, csrfToken, createdAt, lastSeenAt, expiresAt }) {
      const times = [createdAt.getTime(), lastSeenAt.getTime(), expiresAt.getTime()];
      await database.run(insert, [id, administrator, csrfToken, ...times]);
    },
    async find(id) {
      const sql = 'SELECT * FROM administrator_sessions WHERE id = $1';
      const row = await database.get<Row>(sql, [id]);
      return row && toSession(row);
    },
    async touch(id, lastSeenAt) {
      const sql = 'UPDATE administrator_sessions SET last_seen_at = $1 WHERE id = $2';
      await database.run(sql, [lastSeenAt.getTime(), id]);
    },
    async remove(id) {
      await database.run('DELETE FROM administrator_sessions WHERE id = $1', [id]);
    },
    async removeAll(administrator, except = '') {
      const sql = 'DELETE FROM administrator_sessions WHERE administrator = $1 AND id <> $2';
      await database.run(sql, [administrator, except]);
    },
    sweep: (before, limit) => database.run(sweep, [before.getTime(), limit]),
  };
}

function toSession(row: Row): AdministratorSession {
  return {
    id: row.id,
    administrator: row.administrator,
    csrfToken: row.csrf_token,
    createdAt: new Date(row.created_at),
    lastSeenAt: new Date(row.last_seen_at),
    expiresAt: new Date(row.expires_at),
  };
}
