import type { SettingsStore, StoredSetting } from '../settings-store.ts';
import type { SqlDatabase } from './sql-database.ts';

const insert = `INSERT INTO settings (key, value, version) VALUES ($1, $2, $3)
  ON CONFLICT (key) DO NOTHING`;

const replace = 'UPDATE settings SET value = $2, version = $3 WHERE key = $1 AND version = $3 - 1';

/** Settings that administrators change while the server runs. */
export function createSettingsStore(database: SqlDatabase): SettingsStore {
  return {
    get: (key) => database.get<StoredSetting>('SELECT * FROM settings WHERE key = $1', [key]),
    async put({ key, value, version }) {
      const sql = version === 1 ? insert : replace;
      return (await database.run(sql, [key, value, version])) > 0;
    },
  };
}
