import type { SigningKeyStore, StoredSigningKey } from '../signing-key-store.ts';
import { lockName, type SqlDatabase, type SqlValue } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly private_jwk: string;
  readonly created_at: number;
  readonly signs_from: number;
}

/** Name of the lock that the first key is made under. */
const firstKeyLock = 0x6b657901;

const columns = 'signing_keys (id, private_jwk, created_at, signs_from)';

/** Signing keys. */
export function createSigningKeyStore(database: SqlDatabase): SigningKeyStore {
  return {
    async add(key) {
      await database.run(`INSERT INTO ${columns} VALUES ($1, $2, $3, $4)`, parameters(key));
    },
    addFirst: (key) =>
      database.transaction(async (connection) => {
        await lockName(database, connection, firstKeyLock);
        if ((await connection.get('SELECT id FROM signing_keys LIMIT 1')) !== undefined) return;
        await connection.run(`INSERT INTO ${columns} VALUES ($1, $2, $3, $4)`, parameters(key));
      }),
    async list() {
      const rows = await database.all<Row>('SELECT * FROM signing_keys ORDER BY signs_from, id');
      return rows.map(toSigningKey);
    },
    async remove(id) {
      await database.run('DELETE FROM signing_keys WHERE id = $1', [id]);
    },
  };
}

function parameters(key: StoredSigningKey): SqlValue[] {
  return [key.id, key.privateJwk, key.createdAt.getTime(), key.signsFrom.getTime()];
}

function toSigningKey(row: Row): StoredSigningKey {
  return {
    id: row.id,
    privateJwk: row.private_jwk,
    createdAt: new Date(row.created_at),
    signsFrom: new Date(row.signs_from),
  };
}
