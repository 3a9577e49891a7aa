import type { PolicyStore, StoredPolicy } from '../policy-store.ts';
import type { SqlDatabase } from './sql-database.ts';

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
  return {
    async list() {
      return (await database.all<Row>('SELECT * FROM policies ORDER BY name')).map(toPolicy);
    },
    async find(id) {
      const row = await database.get<Row>('SELECT * FROM policies WHERE id = $1', [id]);
      return row && toPolicy(row);
    },
    async add({ id, name, rules, version, updatedAt }) {
      return (await database.run(insert, [id, name, rules, version, updatedAt.getTime()])) > 0;
    },
    async replace({ id, name, rules, version, updatedAt }) {
      return (await database.run(replace, [name, rules, version, updatedAt.getTime(), id])) > 0;
    },
    remove: async (id) => (await database.run(remove, [id])) > 0,
  };
}

function toPolicy({ updated_at, ...fields }: Row): StoredPolicy {
  return { ...fields, updatedAt: new Date(updated_at) };
}
