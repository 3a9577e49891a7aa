import type { Database } from 'better-sqlite3';
import type { VerificationResult } from '../../../protocol/index.ts';
import type { SignIn, SignInStore } from '../sign-in-store.ts';
import { settle } from './settle.ts';

interface Row {
  readonly origin: string;
  readonly result: string;
}

/** Verdicts in SQLite. */
export function createSignInStore(database: Database): SignInStore {
  const select = database.prepare<[string], Row>(
    'SELECT origin, result FROM sign_ins WHERE transaction_id = ?',
  );
  const page = database.prepare<[number, number | null, number | null, number], Row>(
    `SELECT origin, result FROM sign_ins
     WHERE decided_at < ? AND (? IS NULL OR managed = ?)
     ORDER BY decided_at DESC LIMIT ?`,
  );
  const sweep = database.prepare(
    `DELETE FROM sign_ins WHERE transaction_id IN
       (SELECT transaction_id FROM sign_ins WHERE decided_at < ? ORDER BY decided_at LIMIT ?)`,
  );

  return {
    find: (transaction) =>
      settle(() => {
        const row = select.get(transaction);
        return row === undefined ? undefined : toSignIn(row);
      }),
    list: ({ limit, before, managed }) =>
      settle(() => {
        const end = before?.getTime() ?? Number.MAX_SAFE_INTEGER;
        const wanted = managed === undefined ? null : Number(managed);
        return page.all(end, wanted, wanted, limit).map(toSignIn);
      }),
    sweep: (before, limit) => settle(() => sweep.run(before.getTime(), limit).changes),
  };
}

function toSignIn({ origin, result }: Row): SignIn {
  return { origin, result: JSON.parse(result) as VerificationResult };
}
