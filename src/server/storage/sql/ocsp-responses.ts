import type { RevocationStore } from '../revocation-store.ts';
import type { SqlDatabase } from './sql-database.ts';

interface Row {
  readonly key: string;
  readonly der: Uint8Array;
  readonly nonce: Uint8Array;
  readonly fetched_at: number;
}

/** The part of a {@link RevocationStore} that keeps OCSP responses. */
type OcspPart = Pick<
  RevocationStore,
  'findOcspResponse' | 'putOcspResponse' | 'removeOcspResponse' | 'sweepOcspResponses'
>;

const put = `INSERT INTO ocsp_responses (key, der, nonce, fetched_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (key) DO UPDATE SET
    der = excluded.der, nonce = excluded.nonce, fetched_at = excluded.fetched_at`;

const sweep = `DELETE FROM ocsp_responses WHERE key IN
  (SELECT key FROM ocsp_responses WHERE fetched_at < $1 ORDER BY fetched_at LIMIT $2)`;

/** OCSP responses. */
export function ocspResponses(database: SqlDatabase): OcspPart {
  return {
    async findOcspResponse(key) {
      const row = await database.get<Row>('SELECT * FROM ocsp_responses WHERE key = $1', [key]);
      if (row === undefined) return undefined;
      const { fetched_at, ...fields } = row;
      return { ...fields, fetchedAt: new Date(fetched_at) };
    },
    async putOcspResponse({ key, der, nonce, fetchedAt }) {
      await database.run(put, [key, der, nonce, fetchedAt.getTime()]);
    },
    async removeOcspResponse(key) {
      await database.run('DELETE FROM ocsp_responses WHERE key = $1', [key]);
    },
    sweepOcspResponses: (fetchedBefore, limit) =>
      database.run(sweep, [fetchedBefore.getTime(), limit]),
  };
}
