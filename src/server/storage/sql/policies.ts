import type { PolicyStore, StoredPolicy } from '../policy-store.ts';
import { allowed, type SqlDatabase, type SqlValue } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly rules: string;
  readonly version: number;
  readonly updated_at: number;
}

const insert = `INSERT INTO policies (id, name, rules, version, updated_at)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`;

const replace = `UPDATE policies SET name = $1, rules = $2, version = $3, updated_at = $4
  WHERE id = $5 AND version = $3 - 1
    AND NOT EXISTS (SELECT 1 FROM policies other WHERE other.name = $1 AND other.id <> $5)`;

const remove = `DELETE FROM policies WHERE id = $1
  AND NOT EXISTS (SELECT 1 FROM applications WHERE policy = $1)`;

/** Authentication policies. */
export function createPolicyStore(database: SqlDatabase): PolicyStore {
  const change = (sql: string, values: readonly SqlValue[]): Promise<boolean> =>
    allowed(database.run(sql, values).then((changes) => changes > 0));
  return {
    async list() {
      return (await database.all<Row>('SELECT * FROM policies ORDER BY name')).map(toPolicy);
    },
    async find(id) {
      const row = await database.get<Row>('SELECT * FROM policies WHERE id = $1', [id]);
      return row && toPolicy(row);
    },
    add: ({ id, name, rules, version, updatedAt }) =>
      change(insert, [id, name, rules, version, updatedAt.getTime()]),
    replace: ({ id, name, rules, version, updatedAt }) =>
      change(replace, [name, rules, version, updatedAt.getTime(), id]),
    remove: (id) => change(remove, [id]),
  };
}

function toPolicy({ updated_at, ...fields }: Row): StoredPolicy {
  return { ...fields, updatedAt: new Date(updated_at) };
}
