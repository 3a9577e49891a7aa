import type { Logger } from '../../core/index.ts';
import { openPostgresqlStorage, openSqliteStorage } from './sql/sql-storage.ts';
import type { Storage } from './storage.ts';

/** Where a storage is. */
export type StorageAddress =
  | { readonly kind: 'sqlite'; /** Of the file. */ readonly path: string }
  | {
      readonly kind: 'postgresql';
      /** `postgres://user:password@host:port/database`. */
      readonly url: string;
      /** Most connections at a time; 10 unless told. */
      readonly connections?: number | undefined;
    };

/**
 * Opens the storage at an address.
 *
 * @param logger - is told of lost connections
 * @throws ServerError `storage_unavailable` or `storage_newer`
 */
export function openStorage(address: StorageAddress, logger: Logger): Promise<Storage> {
  return address.kind === 'sqlite'
    ? openSqliteStorage(address.path)
    : openPostgresqlStorage({ ...address, logger });
}
