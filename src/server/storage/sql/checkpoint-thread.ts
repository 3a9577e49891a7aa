/** The thread of checkpointer.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import SqliteDatabase from 'better-sqlite3';

const database = new SqliteDatabase(workerData as string, { fileMustExist: true, timeout: 0 });

parentPort?.on('message', () => {
  // Without waiting for readers or writers; what it cannot take now, the next one takes.
  database.pragma('wal_checkpoint(PASSIVE)');
});
