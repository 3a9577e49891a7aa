import { isAllowed, managedCode, type VerificationResult } from '../../../protocol/index.ts';
import type { SignIn, SignInCount, SignInQuery, SignInStore } from '../sign-in-store.ts';
import { Conditions, readPage } from './paging.ts';
import type { SqlConnection, SqlDatabase } from './sql-database.ts';

interface Row {
  readonly transaction_id: string;
  readonly origin: string;
  readonly decided_at: number;
  readonly result: string;
  readonly application: string | null;
  readonly device: string | null;
  readonly user_name: string | null;
}

interface CountRow {
  readonly hour: number;
  readonly application: string;
  readonly code: string;
  readonly allowed: number;
  readonly count: number;
}

const hour = 3_600_000;

const insert = `INSERT INTO sign_ins
  (transaction_id, origin, decided_at, managed, result, code, allowed, application, device, user_name)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

const count = `INSERT INTO sign_in_counts (hour, application, code, allowed, slot, count)
  VALUES ($1, $2, $3, $4, $5, 1)
  ON CONFLICT (hour, application, code, allowed, slot)
  DO UPDATE SET count = sign_in_counts.count + 1`;

const selectCounts = `SELECT hour, application, code, allowed, CAST(SUM(count) AS BIGINT) AS count
  FROM sign_in_counts WHERE hour >= $1 AND hour < $2
  GROUP BY hour, application, code, allowed ORDER BY hour, application, code, allowed`;

/**
 * One count is spread over so many rows of PostgreSQL, so that those who conclude at the same time
 * seldom wait for each other. In SQLite they wait anyway.
 */
const slots = { sqlite: 1, postgresql: 4 } as const;

const sweep = `DELETE FROM sign_ins WHERE transaction_id IN
  (SELECT transaction_id FROM sign_ins WHERE decided_at < $1 ORDER BY decided_at LIMIT $2)`;

const sweepCounts = `DELETE FROM sign_in_counts WHERE (hour, application, code, allowed, slot) IN
  (SELECT hour, application, code, allowed, slot FROM sign_in_counts
   WHERE hour < $1 ORDER BY hour LIMIT $2)`;

/** Verdicts, and their counts by the hour. */
export function createSignInStore(database: SqlDatabase): SignInStore {
  return {
    async find(transaction) {
      const sql = 'SELECT * FROM sign_ins WHERE transaction_id = $1';
      const row = await database.get<Row>(sql, [transaction]);
      return row && toSignIn(row);
    },
    list: (query) =>
      readPage<Row, SignIn>(
        database,
        {
          table: 'sign_ins',
          order: ['decided_at', 'transaction_id'],
          toItem: toSignIn,
          position: (row) => [row.decided_at, row.transaction_id],
        },
        conditionsOf(query),
        query,
      ),
    async counts(from, to) {
      const rows = await database.all<CountRow>(selectCounts, [from.getTime(), to.getTime()]);
      return rows.map(toCount);
    },
    sweep: (before, limit) => database.run(sweep, [before.getTime(), limit]),
    sweepCounts: (before, limit) => database.run(sweepCounts, [before.getTime(), limit]),
  };
}

/** Writes a verdict and counts it, as part of a transaction. */
export async function addSignIn(
  { dialect }: Pick<SqlDatabase, 'dialect'>,
  connection: SqlConnection,
  signIn: SignIn,
): Promise<void> {
  const { origin, result, application, device, user } = signIn;
  const { transaction, managed, code } = result;
  const decidedAt = Date.parse(result.decidedAt);
  const allowed = Number(isAllowed(result));
  const facts = [transaction, origin, decidedAt, Number(managed), JSON.stringify(result)];
  const asker = [application ?? null, device ?? null, user ?? null];
  await connection.run(insert, [...facts, code, allowed, ...asker]);
  const hourBegan = decidedAt - (decidedAt % hour);
  const slot = (transaction.codePointAt(transaction.length - 1) ?? 0) % slots[dialect];
  await connection.run(count, [hourBegan, application ?? '', code, allowed, slot]);
}

function conditionsOf(query: SignInQuery): Conditions {
  const conditions = new Conditions();
  conditions.equal('managed', query.managed);
  conditions.equal('allowed', query.allowed);
  if (query.code !== undefined && query.code !== managedCode) {
    conditions.add(`code <> '${managedCode}'`);
  }
  conditions.equal('code', query.code);
  conditions.equal('application', query.application);
  conditions.equal('device', query.device);
  conditions.equal('user_name', query.user);
  if (query.from !== undefined) conditions.add('decided_at >= ?', query.from.getTime());
  if (query.before !== undefined) conditions.add('decided_at < ?', query.before.getTime());
  return conditions;
}

function toSignIn({ origin, result, application, device, user_name }: Row): SignIn {
  return {
    origin,
    result: JSON.parse(result) as VerificationResult,
    ...(application === null ? {} : { application }),
    ...(device === null ? {} : { device }),
    ...(user_name === null ? {} : { user: user_name }),
  };
}

function toCount(row: CountRow): SignInCount {
  return {
    hour: new Date(row.hour),
    application: row.application === '' ? undefined : row.application,
    code: row.code,
    allowed: row.allowed === 1,
    count: row.count,
  };
}
