import { openSqliteStorage, type Storage } from '../../../src/server/index.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

/** The real storage, in a directory that goes away with the running test. */
export function openScratchStorage(): Promise<Storage> {
  return openSqliteStorage(`${scratchDirectory()}/countersign.db`);
}
