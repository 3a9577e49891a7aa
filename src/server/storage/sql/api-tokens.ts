import type { AdministratorRole, ApiToken, ApiTokenStore } from '../administrator-store.ts';
import { dateOrUndefined, timeOrNull, type SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly role: AdministratorRole;
  readonly created_by: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

const insert = `INSERT INTO api_tokens (id, name, hash, role, created_by, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`;

/** Tokens of the admin API. */
export function createApiTokenStore(database: SqlDatabase): ApiTokenStore {
  return {
    async list() {
      return (await database.all<Row>('SELECT * FROM api_tokens ORDER BY name')).map(toToken);
    },
    async findByHash(hash) {
      const row = await database.get<Row>('SELECT * FROM api_tokens WHERE hash = $1', [hash]);
      return row && toToken(row);
    },
    async add({ id, name, hash, role, createdBy, createdAt, expiresAt }) {
      const times = [createdAt.getTime(), timeOrNull(expiresAt)];
      return (await database.run(insert, [id, name, hash, role, createdBy, ...times])) > 0;
    },
    async touch(id, lastUsedAt) {
      const sql = 'UPDATE api_tokens SET last_used_at = $1 WHERE id = $2';
      await database.run(sql, [lastUsedAt.getTime(), id]);
    },
    async remove(id) {
      const sql = 'DELETE FROM api_tokens WHERE id = $1 RETURNING *';
      const row = await database.get<Row>(sql, [id]);
      return row && toToken(row);
    },
  };
}

function toToken(row: Row): ApiToken {
  const expiresAt = dateOrUndefined(row.expires_at);
  const lastUsedAt = dateOrUndefined(row.last_used_at);
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    role: row.role,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
  };
}
