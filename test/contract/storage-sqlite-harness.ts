import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStorage } from '../../src/server/index.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import type { StorageHarness } from './storage-harness.ts';

/** A new SQLite storage in a directory of its own. */
export async function openSqliteHarness(): Promise<StorageHarness> {
  const directory = makeScratchDirectory();
  const path = join(directory, 'countersign.db');
  return {
    storage: await openSqliteStorage(path),
    address: { kind: 'sqlite', path },
    reopen: () => openSqliteStorage(path),
    cleanUp: () => {
      rmSync(directory, { recursive: true });
      return Promise.resolve();
    },
  };
}
