import type { Database } from 'better-sqlite3';
import type { AuthorityRevocation, AuthorityStore, StoredAuthority } from '../authority-store.ts';
import { settle } from './settle.ts';

interface Row {
  readonly id: string;
  readonly der: Uint8Array;
  readonly added_at: number;
  /** JSON of an AuthorityRevocation. */
  readonly revocation: string | null;
}

/** Certificate authorities in SQLite. */
export function createAuthorityStore(database: Database): AuthorityStore {
  const insert = database.prepare('INSERT INTO authorities (id, der, added_at) VALUES (?, ?, ?)');
  const exists = database.prepare('SELECT 1 FROM authorities WHERE id = ?');
  const selectAll = database.prepare<[], Row>(
    'SELECT id, der, added_at, revocation FROM authorities ORDER BY position',
  );
  const setRevocation = database.prepare('UPDATE authorities SET revocation = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM authorities WHERE id = ?');
  const add = database.transaction((authorities: readonly StoredAuthority[]): boolean => {
    if (authorities.some(({ id }) => exists.get(id) !== undefined)) return false;
    for (const { id, der, addedAt } of authorities) insert.run(id, der, addedAt.getTime());
    return true;
  });

  return {
    add: (authorities) => settle(() => add.immediate(authorities)),
    list: () => settle(() => selectAll.all().map(toAuthority)),
    remove: (id) => settle(() => remove.run(id).changes > 0),
    setRevocation: (id, revocation) =>
      settle(() => setRevocation.run(JSON.stringify(revocation), id).changes > 0),
  };
}

function toAuthority({ id, der, added_at, revocation }: Row): StoredAuthority {
  return {
    id,
    der,
    addedAt: new Date(added_at),
    revocation: revocation === null ? undefined : (JSON.parse(revocation) as AuthorityRevocation),
  };
}
