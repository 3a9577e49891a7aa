import { isAllowed } from '../../../protocol/index.ts';
import type { SignIn } from '../sign-in-store.ts';
import type {
  PendingQuery,
  TakenTransaction,
  Transaction,
  TransactionState,
  TransactionStore,
} from '../transaction-store.ts';
import { addSignIn } from './sign-ins.ts';
import type { SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly session: string;
  readonly origin: string;
  readonly terms: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly state: TransactionState;
  readonly created_at: number;
  readonly expires_at: number;
  readonly application: string | null;
  readonly user_name: string | null;
}

/** Most transactions that are pushed out at once. */
const evictionBatch = 100;

const insert = `INSERT INTO transactions
  (id, session, origin, terms, nonce, challenge, state, created_at, expires_at, application, user_name)
  VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9, $10)`;

const evict = `UPDATE transactions SET state = 'expired' WHERE id IN
  (SELECT id FROM transactions WHERE state = 'pending' AND expires_at > $1
   ORDER BY expires_at DESC LIMIT ${evictionBatch} OFFSET $2)`;

const select = 'SELECT * FROM transactions WHERE id = $1';

const selectPending = `SELECT * FROM transactions
  WHERE state = 'pending' AND session = $1 AND origin = $2 AND terms = $3 AND expires_at > $4 AND expires_at <= $5
    AND COALESCE(application, '') = $6 AND COALESCE(user_name, '') = $7
  ORDER BY expires_at DESC LIMIT 1`;

const take = `UPDATE transactions SET state = 'taken'
  WHERE id = $1 AND nonce = $2 AND state = 'pending' AND expires_at > $3
  RETURNING challenge, origin, application, user_name`;

const decide = `UPDATE transactions SET state = $1 WHERE id = $2 AND state = 'taken'`;

const cancel = `UPDATE transactions SET state = 'cancelled'
  WHERE id = $1 AND state IN ('pending', 'taken')`;

const countPending = `SELECT COUNT(*) AS count FROM transactions
  WHERE state = 'pending' AND expires_at > $1`;

const sweep = `DELETE FROM transactions WHERE id IN
  (SELECT id FROM transactions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`;

/** Transactions. Every change is one statement, or one database transaction. */
export function createTransactionStore(database: SqlDatabase): TransactionStore {
  let addsUntilEviction = 0;
  return {
    async add(transaction, maxPending) {
      await add(database, transaction);
      addsUntilEviction -= 1;
      if (addsUntilEviction > 0) return;
      // Finding who is one too many means counting them all: not at every sign-in.
      addsUntilEviction = Math.min(evictionBatch, Math.ceil(maxPending / evictionBatch));
      await database.run(evict, [transaction.createdAt.getTime(), maxPending]);
    },
    async find(id) {
      const row = await database.get<Row>(select, [id]);
      return row && toTransaction(row);
    },
    async findPending({ session, origin, terms, application, user, ...expires }: PendingQuery) {
      const times = [expires.expiresAfter.getTime(), expires.expiresUntil.getTime()] as const;
      const asked = [session, origin, terms, ...times, application ?? '', user ?? ''];
      const row = await database.get<Row>(selectPending, asked);
      return row && toTransaction(row);
    },
    async take(id, nonce, now): Promise<TakenTransaction | undefined> {
      const row = await database.get<Row>(take, [id, nonce, now.getTime()]);
      if (row === undefined) return undefined;
      const { challenge, origin } = row;
      return { challenge, origin, ...asker(row) };
    },
    conclude: (signIn) => conclude(database, signIn),
    cancel: async (id) => (await database.run(cancel, [id])) > 0,
    async countPending(now) {
      const row = await database.get<{ count: number }>(countPending, [now.getTime()]);
      return row?.count ?? 0;
    },
    sweep: (before, limit) => database.run(sweep, [before.getTime(), limit]),
  };
}

async function add(database: SqlDatabase, transaction: Omit<Transaction, 'state'>): Promise<void> {
  const { id, session, origin, terms, nonce, challenge, application, user } = transaction;
  const times = [transaction.createdAt.getTime(), transaction.expiresAt.getTime()] as const;
  const texts = [id, session, origin, terms, nonce, challenge];
  await database.run(insert, [...texts, ...times, application ?? null, user ?? null]);
}

function conclude(database: SqlDatabase, signIn: SignIn): Promise<boolean> {
  const { transaction, managed } = signIn.result;
  const state = managed && isAllowed(signIn.result) ? 'managed' : 'refused';
  return database.transaction(async (connection) => {
    if ((await connection.run(decide, [state, transaction])) === 0) return false;
    await addSignIn(database, connection, signIn);
    return true;
  });
}

function toTransaction(row: Row): Transaction {
  const { id, session, origin, terms, nonce, challenge, state, created_at, expires_at } = row;
  return {
    ...{ id, session, origin, terms, nonce, challenge, state },
    createdAt: new Date(created_at),
    expiresAt: new Date(expires_at),
    ...asker(row),
  };
}

function asker({ application, user_name }: Row): Pick<Transaction, 'application' | 'user'> {
  return {
    ...(application === null ? {} : { application }),
    ...(user_name === null ? {} : { user: user_name }),
  };
}
