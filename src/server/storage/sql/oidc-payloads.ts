import type { OidcPayload, OidcStore } from '../oidc-store.ts';
import { dateOrUndefined, timeOrNull, type SqlDatabase } from './sql-database.ts';

interface Row {
  readonly model: string;
  readonly id: string;
  readonly payload: string;
  readonly expires_at: number | null;
  readonly grant_id: string | null;
  readonly uid: string | null;
  readonly user_code: string | null;
  readonly consumed_at: number | null;
}

const put = `INSERT INTO oidc_payloads
  (model, id, payload, expires_at, grant_id, uid, user_code, consumed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (model, id) DO UPDATE SET
    payload = excluded.payload, expires_at = excluded.expires_at, grant_id = excluded.grant_id,
    uid = excluded.uid, user_code = excluded.user_code,
    consumed_at = COALESCE(oidc_payloads.consumed_at, excluded.consumed_at)`;

/** Most entries that are pushed out at once. */
const evictionBatch = 100;

const evict = `DELETE FROM oidc_payloads WHERE model = $1 AND id IN
  (SELECT id FROM oidc_payloads WHERE model = $1 AND expires_at IS NOT NULL
   ORDER BY expires_at DESC LIMIT ${evictionBatch} OFFSET $2)`;

const consume = `UPDATE oidc_payloads SET consumed_at = $1
  WHERE model = $2 AND id = $3 AND consumed_at IS NULL`;

/** Rows have no single key, and PostgreSQL no LIMIT for DELETE. */
const sweep = `DELETE FROM oidc_payloads WHERE (model, id) IN
  (SELECT model, id FROM oidc_payloads WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`;

/** What the OpenID provider remembers. */
export function createOidcStore(database: SqlDatabase): OidcStore {
  const one = async (column: 'id' | 'uid' | 'user_code', model: string, value: string) => {
    const sql = `SELECT * FROM oidc_payloads WHERE model = $1 AND ${column} = $2`;
    const row = await database.get<Row>(sql, [model, value]);
    return row && toPayload(row);
  };
  const putsUntilEviction = new Map<string, number>();
  // Finding who is one too many means counting them all: not at every sign-in.
  const bound = async (model: string, most: number): Promise<void> => {
    const left = (putsUntilEviction.get(model) ?? 1) - 1;
    const next = Math.min(evictionBatch, Math.ceil(most / evictionBatch));
    putsUntilEviction.set(model, left > 0 ? left : next);
    if (left <= 0) await database.run(evict, [model, most]);
  };
  return {
    async put({ model, id, payload, expiresAt, grantId, uid, userCode, consumedAt }, most) {
      const keys = [grantId ?? null, uid ?? null, userCode ?? null];
      const row = [model, id, payload, timeOrNull(expiresAt), ...keys, timeOrNull(consumedAt)];
      await database.run(put, row);
      if (most !== undefined) await bound(model, most);
    },
    find: (model, id) => one('id', model, id),
    findByUid: (model, uid) => one('uid', model, uid),
    findByUserCode: (model, userCode) => one('user_code', model, userCode),
    consume: async (model, id, at) => (await database.run(consume, [at.getTime(), model, id])) > 0,
    async remove(model, id) {
      await database.run('DELETE FROM oidc_payloads WHERE model = $1 AND id = $2', [model, id]);
    },
    async removeByGrant(grantId) {
      await database.run('DELETE FROM oidc_payloads WHERE grant_id = $1', [grantId]);
    },
    sweep: (before, limit) => database.run(sweep, [before.getTime(), limit]),
  };
}

function toPayload(row: Row): OidcPayload {
  const expiresAt = dateOrUndefined(row.expires_at);
  const consumedAt = dateOrUndefined(row.consumed_at);
  return {
    model: row.model,
    id: row.id,
    payload: row.payload,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(row.grant_id === null ? {} : { grantId: row.grant_id }),
    ...(row.uid === null ? {} : { uid: row.uid }),
    ...(row.user_code === null ? {} : { userCode: row.user_code }),
    ...(consumedAt === undefined ? {} : { consumedAt }),
  };
}
