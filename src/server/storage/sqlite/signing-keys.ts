import type { Database } from 'better-sqlite3';
import type { SigningKeyStore, StoredSigningKey } from '../signing-key-store.ts';
import { settle } from './settle.ts';

interface Row {
  readonly id: string;
  readonly private_jwk: string;
  readonly created_at: number;
  readonly signs_from: number;
}

/** Signing keys in SQLite. */
export function createSigningKeyStore(database: Database): SigningKeyStore {
  const columns = 'signing_keys (id, private_jwk, created_at, signs_from)';
  const insert = database.prepare(`INSERT INTO ${columns} VALUES (?, ?, ?, ?)`);
  const insertFirst = database.prepare(
    `INSERT INTO ${columns} SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys)`,
  );
  const selectAll = database.prepare<[], Row>('SELECT * FROM signing_keys ORDER BY signs_from, id');
  const remove = database.prepare('DELETE FROM signing_keys WHERE id = ?');

  return {
    add: (key) =>
      settle(() => {
        insert.run(...parameters(key));
      }),
    addFirst: (key) =>
      settle(() => {
        insertFirst.run(...parameters(key));
      }),
    list: () => settle(() => selectAll.all().map(toSigningKey)),
    remove: (id) =>
      settle(() => {
        remove.run(id);
      }),
  };
}

function parameters(key: StoredSigningKey): [string, string, number, number] {
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
