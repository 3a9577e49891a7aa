import type {
  Administrator,
  AdministratorRole,
  AdministratorStore,
} from '../administrator-store.ts';
import { passkeysOf, writePasskeys } from './passkeys.ts';
import {
  allowed,
  dateOrUndefined,
  lockName,
  timeOrNull,
  type SqlConnection,
  type SqlDatabase,
  type SqlValue,
} from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: AdministratorRole;
  readonly password_hash: string | null;
  readonly federation_issuer: string | null;
  readonly federation_subject: string | null;
  readonly disabled: number;
  readonly failures: number;
  readonly locked_until: number | null;
  readonly created_at: number;
  readonly version: number;
}

/** Name of the lock that administrators come and go under, so that one always stays. */
const administratorsLock = 0x61646d01;

const insert = `INSERT INTO administrators (id, name, name_folded, role, password_hash,
    federation_issuer, federation_subject, disabled, failures, locked_until, created_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`;

const replace = `UPDATE administrators SET name = $2, name_folded = $3, role = $4,
    password_hash = $5, federation_issuer = $6, federation_subject = $7, disabled = $8,
    failures = $9, locked_until = $10, created_at = $11, version = $12
  WHERE id = $1 AND version = $12 - 1
    AND NOT EXISTS (SELECT 1 FROM administrators other WHERE other.name_folded = $3 AND other.id <> $1)`;

const countAdmins = `SELECT COUNT(*) AS count FROM administrators
  WHERE role = 'admin' AND disabled = 0 AND id <> $1`;

const noteFailure = `UPDATE administrators SET failures = failures + 1,
    locked_until = COALESCE(CASE WHEN locked_until > $2 THEN locked_until ELSE $2 END, locked_until)
  WHERE id = $1 RETURNING failures`;

/** People who may sign in to the console. */
export function createAdministratorStore(database: SqlDatabase): AdministratorStore {
  const one = async (condition: string, ...values: SqlValue[]) => {
    const sql = `SELECT * FROM administrators WHERE ${condition}`;
    const row = await database.get<Row>(sql, values);
    return row && toAdministrator(database, row);
  };
  return {
    async list() {
      const rows = await database.all<Row>('SELECT * FROM administrators ORDER BY name_folded');
      return Promise.all(rows.map((row) => toAdministrator(database, row)));
    },
    find: (id) => one('id = $1', id),
    findByName: (name) => one('name_folded = $1', fold(name)),
    findByFederation: (issuer, subject) =>
      one('federation_issuer = $1 AND federation_subject = $2', issuer, subject),
    findByPasskey: (id) => one('id = (SELECT administrator FROM passkeys WHERE id = $1)', id),
    addFirst: (administrator) =>
      database.transaction(async (connection) => {
        await lockName(database, connection, administratorsLock);
        const sql = 'SELECT id FROM administrators LIMIT 1';
        if ((await connection.get(sql)) !== undefined) return false;
        return write(connection, insert, administrator);
      }),
    add: (administrator) =>
      allowed(database.transaction((connection) => write(connection, insert, administrator))),
    replace: (administrator) =>
      allowed(
        database.transaction(async (connection) => {
          await lockName(database, connection, administratorsLock);
          const stays = administrator.role === 'admin' && !administrator.disabled;
          if (!stays && (await isLast(connection, administrator.id))) return false;
          return write(connection, replace, administrator);
        }),
      ),
    remove: (id) =>
      database.transaction(async (connection) => {
        await lockName(database, connection, administratorsLock);
        if (await isLast(connection, id)) return false;
        return (await connection.run('DELETE FROM administrators WHERE id = $1', [id])) > 0;
      }),
    async noteFailure(id, lockedUntil) {
      const row = await database.get<Row>(noteFailure, [id, timeOrNull(lockedUntil)]);
      return row?.failures ?? 0;
    },
  };
}

async function write(
  connection: SqlConnection,
  sql: string,
  administrator: Administrator,
): Promise<boolean> {
  if ((await connection.run(sql, parameters(administrator))) === 0) return false;
  await writePasskeys(connection, administrator.id, administrator.passkeys);
  return true;
}

/** True where no other enabled administrator of role `admin` is left. */
async function isLast(connection: SqlConnection, id: string): Promise<boolean> {
  const sql = 'SELECT role, disabled FROM administrators WHERE id = $1';
  const row = await connection.get<Row>(sql, [id]);
  if (row?.role !== 'admin' || row.disabled === 1) return false;
  return (await connection.get<{ count: number }>(countAdmins, [id]))?.count === 0;
}

function parameters(administrator: Administrator): SqlValue[] {
  return [
    administrator.id,
    administrator.name,
    fold(administrator.name),
    administrator.role,
    administrator.passwordHash ?? null,
    administrator.federation?.issuer ?? null,
    administrator.federation?.subject ?? null,
    Number(administrator.disabled),
    administrator.failures,
    timeOrNull(administrator.lockedUntil),
    administrator.createdAt.getTime(),
    administrator.version,
  ];
}

function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

async function toAdministrator(connection: SqlConnection, row: Row): Promise<Administrator> {
  const { federation_issuer: issuer, federation_subject: subject } = row;
  const lockedUntil = dateOrUndefined(row.locked_until);
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
    passkeys: await passkeysOf(connection, row.id),
    ...(issuer === null || subject === null ? {} : { federation: { issuer, subject } }),
    disabled: row.disabled === 1,
    failures: row.failures,
    ...(lockedUntil === undefined ? {} : { lockedUntil }),
    createdAt: new Date(row.created_at),
    version: row.version,
  };
}
