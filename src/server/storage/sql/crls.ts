import type { RevocationStore, StoredCrlInfo } from '../revocation-store.ts';
import type { SqlDatabase } from './sql-database.ts';

interface CrlInfoRow {
  readonly source: string;
  readonly sha256: string;
  readonly size: number;
  readonly signer: Uint8Array | null;
  readonly confirmed_at: number;
  readonly used_at: number;
  readonly etag: string | null;
  readonly last_modified: string | null;
}

interface CrlRow extends CrlInfoRow {
  readonly der: Uint8Array;
}

/** The part of a {@link RevocationStore} that keeps CRLs. */
type CrlPart = Pick<
  RevocationStore,
  'listCrls' | 'readCrl' | 'replaceCrl' | 'confirmCrl' | 'touchCrl' | 'removeCrl' | 'sweepCrls'
>;

const infoColumns = 'source, sha256, size, signer, confirmed_at, used_at, etag, last_modified';

const insert = `INSERT INTO crls (${infoColumns}, der) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (source) DO NOTHING`;

const replace = `UPDATE crls SET sha256 = $2, size = $3, signer = $4, confirmed_at = $5,
  used_at = $6, etag = $7, last_modified = $8, der = $9 WHERE source = $1 AND sha256 = $10`;

const confirm =
  'UPDATE crls SET confirmed_at = $1, etag = $2, last_modified = $3 WHERE source = $4';

const sweep = `DELETE FROM crls WHERE source IN
  (SELECT source FROM crls WHERE used_at < $1 AND source NOT LIKE 'uploaded:%'
   ORDER BY used_at LIMIT $2)`;

/** CRLs. */
export function crls(database: SqlDatabase): CrlPart {
  return {
    async listCrls() {
      const sql = `SELECT ${infoColumns} FROM crls ORDER BY source`;
      return (await database.all<CrlInfoRow>(sql)).map(toCrlInfo);
    },
    async readCrl(source) {
      const row = await database.get<CrlRow>('SELECT * FROM crls WHERE source = $1', [source]);
      return row && { ...toCrlInfo(row), der: row.der };
    },
    async replaceCrl(crl, predecessor) {
      const { source, sha256, size, signer, confirmedAt, usedAt, etag, lastModified, der } = crl;
      const times = [confirmedAt.getTime(), usedAt.getTime()];
      const validators = [etag ?? null, lastModified ?? null];
      const row = [source, sha256, size, signer ?? null, ...times, ...validators, der];
      const changes =
        predecessor === undefined
          ? await database.run(insert, row)
          : await database.run(replace, [...row, predecessor]);
      return changes > 0;
    },
    async confirmCrl(source, { confirmedAt, etag, lastModified }) {
      await database.run(confirm, [
        confirmedAt.getTime(),
        etag ?? null,
        lastModified ?? null,
        source,
      ]);
    },
    async touchCrl(source, usedAt) {
      const sql = 'UPDATE crls SET used_at = $1 WHERE source = $2';
      await database.run(sql, [usedAt.getTime(), source]);
    },
    removeCrl: async (source) =>
      (await database.run('DELETE FROM crls WHERE source = $1', [source])) > 0,
    sweepCrls: (usedBefore, limit) => database.run(sweep, [usedBefore.getTime(), limit]),
  };
}

function toCrlInfo(row: CrlInfoRow): StoredCrlInfo {
  return {
    source: row.source,
    sha256: row.sha256,
    size: row.size,
    signer: row.signer ?? undefined,
    confirmedAt: new Date(row.confirmed_at),
    usedAt: new Date(row.used_at),
    etag: row.etag ?? undefined,
    lastModified: row.last_modified ?? undefined,
  };
}
