import type { Database } from 'better-sqlite3';
import type { Session, SessionStore } from '../session-store.ts';
import { settle } from './settle.ts';

interface Row {
  readonly id: string;
  readonly transaction_id: string;
  readonly created_at: number;
  readonly expires_at: number;
}

/** Sessions in SQLite. */
export function createSessionStore(database: Database): SessionStore {
  const insert = database.prepare(
    `INSERT INTO sessions (id, transaction_id, created_at, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (transaction_id) DO NOTHING`,
  );
  const select = database.prepare<[string, number], Row>(
    'SELECT * FROM sessions WHERE id = ? AND expires_at > ?',
  );
  const remove = database.prepare('DELETE FROM sessions WHERE id = ?');
  const sweep = database.prepare(
    `DELETE FROM sessions WHERE id IN
       (SELECT id FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
  );

  return {
    add: ({ id, transaction, createdAt, expiresAt }) =>
      settle(
        () => insert.run(id, transaction, createdAt.getTime(), expiresAt.getTime()).changes > 0,
      ),
    find: (id, now) =>
      settle(() => {
        const row = select.get(id, now.getTime());
        return row === undefined ? undefined : toSession(row);
      }),
    remove: (id) =>
      settle(() => {
        remove.run(id);
      }),
    sweep: (before, limit) => settle(() => sweep.run(before.getTime(), limit).changes),
  };
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    transaction: row.transaction_id,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}
