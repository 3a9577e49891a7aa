import type { SigningKeyPurpose, SigningKeyStore, StoredSigningKey } from '../signing-key-store.ts';
import { lockName, type SqlDatabase, type SqlValue } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly private_jwk: string;
  readonly created_at: number;
  readonly signs_from: number;
}

/** Name of the lock that the first key is made under. */
const firstKeyLock = 0x6b657901;

const insert = `INSERT INTO signing_keys (id, private_jwk, created_at, signs_from, purpose)
  VALUES ($1, $2, $3, $4, $5)`;

const list = 'SELECT * FROM signing_keys WHERE purpose = $1 ORDER BY signs_from, id';

/** The signing keys of one purpose. */
export function createSigningKeyStore(
  database: SqlDatabase,
  purpose: SigningKeyPurpose,
): SigningKeyStore {
  const parameters = (key: StoredSigningKey): SqlValue[] => [
    key.id,
    key.privateJwk,
    key.createdAt.getTime(),
    key.signsFrom.getTime(),
    purpose,
  ];
  return {
    async add(key) {
      await database.run(insert, parameters(key));
    },
    addFirst: (key) =>
      database.transaction(async (connection) => {
        await lockName(database, connection, firstKeyLock);
        if ((await connection.get(list, [purpose])) !== undefined) return;
        await connection.run(insert, parameters(key));
      }),
    async list() {
      const rows = await database.all<Row>(list, [purpose]);
      return rows.map(toSigningKey);
    },
    async remove(id) {
      const sql = 'DELETE FROM signing_keys WHERE id = $1 AND purpose = $2';
      await database.run(sql, [id, purpose]);
    },
  };
}

function toSigningKey(row: Row): StoredSigningKey {
  return {
    id: row.id,
    privateJwk: row.private_jwk,
    createdAt: new Date(row.created_at),
    signsFrom: new Date(row.signs_from),
  };
}
