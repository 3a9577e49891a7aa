import type { Storage, StorageAddress } from '../../src/server/index.ts';

/** A storage under test. */
export interface StorageHarness {
  readonly storage: Storage;
  readonly address: StorageAddress;
  /** Opens the same data a second time, as another process would. */
  readonly reopen: () => Promise<Storage>;
  /** Deletes the data. */
  readonly cleanUp: () => Promise<void>;
}

const start = Date.parse('2026-03-01T12:00:00.123Z');

/** A moment of the tests' day. */
export const at = (milliseconds: number): Date => new Date(start + milliseconds);

export const minute = 60_000;
