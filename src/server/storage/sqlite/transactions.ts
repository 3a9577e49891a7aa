import type { Database } from 'better-sqlite3';
import type { SignIn } from '../sign-in-store.ts';
import type {
  PendingQuery,
  TakenTransaction,
  Transaction,
  TransactionState,
  TransactionStore,
} from '../transaction-store.ts';
import { settle } from './settle.ts';

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
}

/** Most transactions that one new one pushes out. */
const evictionBatch = 100;

/** Transactions in SQLite. Every change is one statement, or one database transaction. */
export function createTransactionStore(database: Database): TransactionStore {
  const insert = database.prepare(
    `INSERT INTO transactions
       (id, session, origin, terms, nonce, challenge, state, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)`,
  );
  const evict = database.prepare(
    `UPDATE transactions SET state = 'expired' WHERE id IN
       (SELECT id FROM transactions WHERE state = 'pending' AND expires_at > ?
        ORDER BY expires_at DESC LIMIT ${evictionBatch} OFFSET ?)`,
  );
  const select = database.prepare<[string], Row>('SELECT * FROM transactions WHERE id = ?');
  const selectPending = database.prepare<[string, string, string, number], Row>(
    `SELECT * FROM transactions
     WHERE state = 'pending' AND session = ? AND origin = ? AND terms = ? AND expires_at > ?
     ORDER BY expires_at DESC LIMIT 1`,
  );
  const take = database.prepare<[string, string, number], TakenTransaction>(
    `UPDATE transactions SET state = 'taken'
     WHERE id = ? AND nonce = ? AND state = 'pending' AND expires_at > ?
     RETURNING challenge, origin`,
  );
  const decide = database.prepare(
    `UPDATE transactions SET state = ? WHERE id = ? AND state = 'taken'`,
  );
  const insertSignIn = database.prepare(
    `INSERT INTO sign_ins (transaction_id, origin, decided_at, managed, result)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const cancel = database.prepare(
    `UPDATE transactions SET state = 'cancelled' WHERE id = ? AND state IN ('pending', 'taken')`,
  );
  const sweep = database.prepare(
    `DELETE FROM transactions WHERE id IN
       (SELECT id FROM transactions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
  );

  const add = database.transaction((t: Omit<Transaction, 'state'>, maxPending: number) => {
    const createdAt = t.createdAt.getTime();
    insert.run(
      t.id,
      t.session,
      t.origin,
      t.terms,
      t.nonce,
      t.challenge,
      createdAt,
      t.expiresAt.getTime(),
    );
    evict.run(createdAt, maxPending);
  });
  const conclude = database.transaction(({ origin, result }: SignIn): boolean => {
    const state = result.managed ? 'managed' : 'refused';
    if (decide.run(state, result.transaction).changes === 0) return false;
    insertSignIn.run(
      result.transaction,
      origin,
      Date.parse(result.decidedAt),
      result.managed ? 1 : 0,
      JSON.stringify(result),
    );
    return true;
  });

  return {
    add: (transaction, maxPending) =>
      settle(() => {
        add.immediate(transaction, maxPending);
      }),
    find: (id) => settle(() => toTransaction(select.get(id))),
    findPending: ({ session, origin, terms, expiresAfter }: PendingQuery) =>
      settle(() =>
        toTransaction(selectPending.get(session, origin, terms, expiresAfter.getTime())),
      ),
    take: (id, nonce, now) => settle(() => take.get(id, nonce, now.getTime())),
    conclude: (signIn) => settle(() => conclude.immediate(signIn)),
    cancel: (id) => settle(() => cancel.run(id).changes > 0),
    sweep: (before, limit) => settle(() => sweep.run(before.getTime(), limit).changes),
  };
}

function toTransaction(row: Row | undefined): Transaction | undefined {
  if (row === undefined) return undefined;
  const { created_at, expires_at, ...fields } = row;
  return { ...fields, createdAt: new Date(created_at), expiresAt: new Date(expires_at) };
}
