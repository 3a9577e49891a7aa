import type { ApplicationKind, ApplicationStore, StoredApplication } from '../application-store.ts';
import { allowed, type SqlDatabase, type SqlValue } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly kind: ApplicationKind;
  readonly policy: string | null;
  /** JSON list. */
  readonly origins: string;
  /** JSON list. */
  readonly redirect_uris: string;
  readonly secret_hash: string | null;
  readonly settings: string;
  readonly disabled: number;
  readonly created_at: number;
  readonly version: number;
}

const insert = `INSERT INTO applications (id, name, kind, policy, origins, redirect_uris,
    secret_hash, settings, disabled, created_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`;

const replace = `UPDATE applications SET name = $2, kind = $3, policy = $4, origins = $5,
    redirect_uris = $6, secret_hash = $7, settings = $8, disabled = $9, created_at = $10,
    version = $11
  WHERE id = $1 AND version = $11 - 1
    AND NOT EXISTS (SELECT 1 FROM applications other WHERE other.name = $2 AND other.id <> $1)`;

/** Registered applications. */
export function createApplicationStore(database: SqlDatabase): ApplicationStore {
  const change = (sql: string, values: readonly SqlValue[]): Promise<boolean> =>
    allowed(database.run(sql, values).then((changes) => changes > 0));
  return {
    async list() {
      const rows = await database.all<Row>('SELECT * FROM applications ORDER BY name');
      return rows.map(toApplication);
    },
    async find(id) {
      const row = await database.get<Row>('SELECT * FROM applications WHERE id = $1', [id]);
      return row && toApplication(row);
    },
    add: (application) => change(insert, parameters(application)),
    replace: (application) => change(replace, parameters(application)),
    remove: (id) => change('DELETE FROM applications WHERE id = $1', [id]),
  };
}

function parameters(application: StoredApplication): SqlValue[] {
  return [
    application.id,
    application.name,
    application.kind,
    application.policy ?? null,
    JSON.stringify(application.origins),
    JSON.stringify(application.redirectUris),
    application.secretHash ?? null,
    application.settings,
    Number(application.disabled),
    application.createdAt.getTime(),
    application.version,
  ];
}

function toApplication(row: Row): StoredApplication {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    ...(row.policy === null ? {} : { policy: row.policy }),
    origins: JSON.parse(row.origins) as string[],
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    ...(row.secret_hash === null ? {} : { secretHash: row.secret_hash }),
    settings: row.settings,
    disabled: row.disabled === 1,
    createdAt: new Date(row.created_at),
    version: row.version,
  };
}
