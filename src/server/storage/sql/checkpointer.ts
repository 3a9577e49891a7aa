/**
 * Has what SQLite's log holds written into the database (a checkpoint) by a thread of its own: the
 * disk is waited for there, and no sign-in waits with it. Where the thread cannot run, SQLite does it
 * by itself when the log is at its largest.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** See the head of this file. */
export interface Checkpointer {
  /** Counts a statement or transaction that wrote. */
  noteWrite(): void;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Writes from one checkpoint to the next; a command that writes less starts no thread. */
const interval = 512;

/**
 * Makes the checkpointer of a database.
 *
 * @param path - the database file
 */
export function createCheckpointer(path: string): Checkpointer {
  let writes = 0;
  let thread: Worker | undefined;
  const start = (): Worker => {
    const entry = createRequire(import.meta.url).resolve('#sqlite-checkpoint-thread');
    const started = new Worker(entry, { workerData: path });
    started.unref();
    // It ends with its error, and the next checkpoint starts another one.
    started.on('error', () => {
      if (thread === started) thread = undefined;
    });
    return started;
  };
  return {
    noteWrite() {
      writes += 1;
      if (writes % interval !== 0) return;
      thread ??= start();
      thread.postMessage('checkpoint');
    },
    async close() {
      await thread?.terminate();
    },
  };
}
