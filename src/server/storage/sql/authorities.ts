import type { AuthorityRevocation, AuthorityStore, StoredAuthority } from '../authority-store.ts';
import { lockName, type SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly der: Uint8Array;
  readonly added_at: number;
  readonly disabled: number;
  /** JSON of an AuthorityRevocation. */
  readonly revocation: string | null;
}

/** Name of the lock that files of authorities are added under. */
const additionLock = 0x63610001;

/** Certificate authorities. */
export function createAuthorityStore(database: SqlDatabase): AuthorityStore {
  return {
    add: (authorities) => add(database, authorities),
    async list() {
      const sql = 'SELECT * FROM authorities ORDER BY position';
      return (await database.all<Row>(sql)).map(toAuthority);
    },
    remove: async (id) => (await database.run('DELETE FROM authorities WHERE id = $1', [id])) > 0,
    async setRevocation(id, revocation) {
      const sql = 'UPDATE authorities SET revocation = $1 WHERE id = $2';
      return (await database.run(sql, [JSON.stringify(revocation), id])) > 0;
    },
    async setDisabled(id, disabled) {
      const sql = 'UPDATE authorities SET disabled = $1 WHERE id = $2';
      return (await database.run(sql, [Number(disabled), id])) > 0;
    },
  };
}

function add(database: SqlDatabase, authorities: readonly StoredAuthority[]): Promise<boolean> {
  return database.transaction(async (connection) => {
    await lockName(database, connection, additionLock);
    for (const { id } of authorities) {
      const sql = 'SELECT id FROM authorities WHERE id = $1';
      if ((await connection.get(sql, [id])) !== undefined) return false;
    }
    for (const { id, der, addedAt, disabled } of authorities) {
      const sql = 'INSERT INTO authorities (id, der, added_at, disabled) VALUES ($1, $2, $3, $4)';
      await connection.run(sql, [id, der, addedAt.getTime(), Number(disabled)]);
    }
    return true;
  });
}

function toAuthority({ id, der, added_at, disabled, revocation }: Row): StoredAuthority {
  return {
    id,
    der,
    addedAt: new Date(added_at),
    disabled: disabled === 1,
    revocation: revocation === null ? undefined : (JSON.parse(revocation) as AuthorityRevocation),
  };
}
