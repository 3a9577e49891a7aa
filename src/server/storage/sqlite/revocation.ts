import type { Database } from 'better-sqlite3';
import type {
  FetchState,
  RevocationStore,
  StoredCrl,
  StoredCrlInfo,
  StoredOcspResponse,
} from '../revocation-store.ts';
import { settle } from './settle.ts';

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

interface OcspRow {
  readonly key: string;
  readonly der: Uint8Array;
  readonly nonce: Uint8Array;
  readonly fetched_at: number;
}

interface FetchRow {
  readonly address: string;
  readonly attempted_at: number;
  readonly failures: number;
  readonly error: string | null;
}

/** CRLs, OCSP responses and fetch states in SQLite. */
export function createRevocationStore(database: Database): RevocationStore {
  return { ...crls(database), ...ocspResponses(database), ...fetchStates(database) };
}

type CrlPart = Pick<
  RevocationStore,
  'listCrls' | 'readCrl' | 'replaceCrl' | 'confirmCrl' | 'touchCrl' | 'removeCrl' | 'sweepCrls'
>;

function crls(database: Database): CrlPart {
  const infoColumns = 'source, sha256, size, signer, confirmed_at, used_at, etag, last_modified';
  const selectAll = database.prepare<[], CrlInfoRow>(
    `SELECT ${infoColumns} FROM crls ORDER BY source`,
  );
  const select = database.prepare<[string], CrlRow>('SELECT * FROM crls WHERE source = ?');
  const hashOf = database
    .prepare<[string], string>('SELECT sha256 FROM crls WHERE source = ?')
    .pluck();
  const put = database.prepare(
    `INSERT OR REPLACE INTO crls (${infoColumns}, der) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const confirm = database.prepare(
    'UPDATE crls SET confirmed_at = ?, etag = ?, last_modified = ? WHERE source = ?',
  );
  const touch = database.prepare('UPDATE crls SET used_at = ? WHERE source = ?');
  const remove = database.prepare('DELETE FROM crls WHERE source = ?');
  const sweep = database.prepare(
    `DELETE FROM crls WHERE source IN
       (SELECT source FROM crls WHERE used_at < ? AND source NOT LIKE 'uploaded:%'
        ORDER BY used_at LIMIT ?)`,
  );
  const replace = database.transaction((crl: StoredCrl, predecessor: string | undefined) => {
    if (hashOf.get(crl.source) !== predecessor) return false;
    const { source, sha256, size, signer, confirmedAt, usedAt, etag, lastModified, der } = crl;
    const times = [confirmedAt.getTime(), usedAt.getTime()];
    const validators = [etag ?? null, lastModified ?? null];
    put.run(source, sha256, size, signer ?? null, ...times, ...validators, der);
    return true;
  });
  return {
    listCrls: () => settle(() => selectAll.all().map(toCrlInfo)),
    readCrl: (source) =>
      settle(() => {
        const row = select.get(source);
        return row === undefined ? undefined : { ...toCrlInfo(row), der: row.der };
      }),
    replaceCrl: (crl, predecessor) => settle(() => replace.immediate(crl, predecessor)),
    confirmCrl: (source, { confirmedAt, etag, lastModified }) =>
      settle(() => {
        confirm.run(confirmedAt.getTime(), etag ?? null, lastModified ?? null, source);
      }),
    touchCrl: (source, usedAt) =>
      settle(() => {
        touch.run(usedAt.getTime(), source);
      }),
    removeCrl: (source) => settle(() => remove.run(source).changes > 0),
    sweepCrls: (usedBefore, limit) => settle(() => sweep.run(usedBefore.getTime(), limit).changes),
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

type OcspPart = Pick<
  RevocationStore,
  'findOcspResponse' | 'putOcspResponse' | 'removeOcspResponse' | 'sweepOcspResponses'
>;

function ocspResponses(database: Database): OcspPart {
  const select = database.prepare<[string], OcspRow>('SELECT * FROM ocsp_responses WHERE key = ?');
  const put = database.prepare(
    'INSERT OR REPLACE INTO ocsp_responses (key, der, nonce, fetched_at) VALUES (?, ?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM ocsp_responses WHERE key = ?');
  const sweep = database.prepare(
    `DELETE FROM ocsp_responses WHERE key IN
       (SELECT key FROM ocsp_responses WHERE fetched_at < ? ORDER BY fetched_at LIMIT ?)`,
  );
  return {
    findOcspResponse: (key) =>
      settle((): StoredOcspResponse | undefined => {
        const row = select.get(key);
        if (row === undefined) return undefined;
        const { fetched_at, ...fields } = row;
        return { ...fields, fetchedAt: new Date(fetched_at) };
      }),
    putOcspResponse: ({ key, der, nonce, fetchedAt }) =>
      settle(() => {
        put.run(key, der, nonce, fetchedAt.getTime());
      }),
    removeOcspResponse: (key) =>
      settle(() => {
        remove.run(key);
      }),
    sweepOcspResponses: (fetchedBefore, limit) =>
      settle(() => sweep.run(fetchedBefore.getTime(), limit).changes),
  };
}

type FetchPart = Pick<
  RevocationStore,
  'listFetchStates' | 'findFetchState' | 'putFetchState' | 'sweepFetchStates'
>;

function fetchStates(database: Database): FetchPart {
  const selectAll = database.prepare<[], FetchRow>('SELECT * FROM fetches ORDER BY address');
  const select = database.prepare<[string], FetchRow>('SELECT * FROM fetches WHERE address = ?');
  const put = database.prepare(
    'INSERT OR REPLACE INTO fetches (address, attempted_at, failures, error) VALUES (?, ?, ?, ?)',
  );
  const sweep = database.prepare(
    `DELETE FROM fetches WHERE address IN
       (SELECT address FROM fetches WHERE attempted_at < ? ORDER BY attempted_at LIMIT ?)`,
  );
  return {
    listFetchStates: () => settle(() => selectAll.all().map(toFetchState)),
    findFetchState: (address) =>
      settle(() => {
        const row = select.get(address);
        return row === undefined ? undefined : toFetchState(row);
      }),
    putFetchState: ({ address, attemptedAt, failures, error }) =>
      settle(() => {
        put.run(address, attemptedAt.getTime(), failures, error ?? null);
      }),
    sweepFetchStates: (attemptedBefore, limit) =>
      settle(() => sweep.run(attemptedBefore.getTime(), limit).changes),
  };
}

function toFetchState({ address, attempted_at, failures, error }: FetchRow): FetchState {
  return { address, attemptedAt: new Date(attempted_at), failures, error: error ?? undefined };
}
