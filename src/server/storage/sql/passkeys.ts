import type { StoredPasskey } from '../administrator-store.ts';
import { dateOrUndefined, timeOrNull, type SqlConnection } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly public_key: Uint8Array;
  readonly counter: number;
  /** JSON list. */
  readonly transports: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

const insert = `INSERT INTO passkeys
  (id, administrator, name, public_key, counter, transports, created_at, last_used_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

/** The passkeys of an administrator, oldest first. */
export async function passkeysOf(
  connection: SqlConnection,
  administrator: string,
): Promise<readonly StoredPasskey[]> {
  const sql = 'SELECT * FROM passkeys WHERE administrator = $1 ORDER BY created_at, id';
  return (await connection.all<Row>(sql, [administrator])).map(toPasskey);
}

/** Writes the passkeys of an administrator in place of those that are there. */
export async function writePasskeys(
  connection: SqlConnection,
  administrator: string,
  passkeys: readonly StoredPasskey[],
): Promise<void> {
  await connection.run('DELETE FROM passkeys WHERE administrator = $1', [administrator]);
  for (const { id, name, publicKey, counter, transports, createdAt, lastUsedAt } of passkeys) {
    const times = [createdAt.getTime(), timeOrNull(lastUsedAt)];
    const row = [id, administrator, name, publicKey, counter, JSON.stringify(transports)];
    await connection.run(insert, [...row, ...times]);
  }
}

function toPasskey(row: Row): StoredPasskey {
  const lastUsedAt = dateOrUndefined(row.last_used_at);
  return {
    id: row.id,
    name: row.name,
    publicKey: row.public_key,
    counter: row.counter,
    transports: JSON.parse(row.transports) as string[],
    createdAt: new Date(row.created_at),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt }),
  };
}
