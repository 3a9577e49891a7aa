/** Transactions that span several stores: what is called within joins the one that is open. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { SqlConnection, SqlDatabase } from './sql-database.ts';

/** A database whose statements join the transaction of {@link JoinedDatabase.atomically}. */
export interface JoinedDatabase extends SqlDatabase {
  /**
   * Runs work in one transaction, which is undone where the work throws; every statement that is run
   * on this database from within the work is part of it.
   */
  atomically<T>(work: () => Promise<T>): Promise<T>;
}

/** The transaction that is open in an asynchronous context. */
interface Open {
  readonly connection: SqlConnection;
  /** False once it has ended, though what began within it still runs. */
  alive: boolean;
}

/** Makes one of a database. */
export function joinDatabase(database: SqlDatabase): JoinedDatabase {
  const context = new AsyncLocalStorage<Open>();
  const joined = (): SqlConnection | undefined => {
    const open = context.getStore();
    return open?.alive === true ? open.connection : undefined;
  };
  return {
    dialect: database.dialect,
    all: (sql, parameters, planning) => (joined() ?? database).all(sql, parameters, planning),
    get: (sql, parameters) => (joined() ?? database).get(sql, parameters),
    run(sql, parameters) {
      const connection = joined();
      if (connection === undefined) return database.run(sql, parameters);
      return nested(connection, () => connection.run(sql, parameters));
    },
    transaction(work) {
      const connection = joined();
      if (connection === undefined) return database.transaction(work);
      return nested(connection, () => work(connection));
    },
    snapshot: (work) => database.snapshot(work),
    atomically: (work) =>
      database.transaction(async (connection) => {
        const open = { connection, alive: true };
        try {
          return await context.run(open, work);
        } finally {
          open.alive = false;
        }
      }),
    close: () => database.close(),
  };
}

/** What fails within a transaction is undone alone: PostgreSQL would otherwise refuse all that follows. */
async function nested<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('SAVEPOINT joined');
  try {
    const result = await work();
    await connection.run('RELEASE joined');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK TO joined');
    await connection.run('RELEASE joined');
    throw error;
  }
}
