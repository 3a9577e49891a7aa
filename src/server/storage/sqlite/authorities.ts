import type { Database } from 'better-sqlite3';
import type { AuthorityStore, StoredAuthority } from '../authority-store.ts';
import { settle } from './settle.ts';

interface Row {
  readonly id: string;
  readonly der: Uint8Array;
  readonly added_at: number;
}

/** Certificate authorities in SQLite. */
export function createAuthorityStore(database: Database): AuthorityStore {
  const insert = database.prepare('INSERT INTO authorities (id, der, added_at) VALUES (?, ?, ?)');
  const exists = database.prepare('SELECT 1 FROM authorities WHERE id = ?');
  const selectAll = database.prepare<[], Row>(
    'SELECT id, der, added_at FROM authorities ORDER BY position',
  );
  const remove = database.prepare('DELETE FROM authorities WHERE id = ?');
  const add = database.transaction((authorities: readonly StoredAuthority[]): boolean => {
    if (authorities.some(({ id }) => exists.get(id) !== undefined)) return false;
    for (const { id, der, addedAt } of authorities) insert.run(id, der, addedAt.getTime());
    return true;
  });

  return {
    add: (authorities) => settle(() => add.immediate(authorities)),
    list: () =>
      settle(() =>
        selectAll.all().map(({ id, der, added_at }) => ({ id, der, addedAt: new Date(added_at) })),
      ),
    remove: (id) => settle(() => remove.run(id).changes > 0),
  };
}
