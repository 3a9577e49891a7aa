import { isPostgresqlUrl } from '../../server/storage/index.ts';

/** What the address of a file begins with. */
export const sqlitePrefix = 'sqlite:';

/** What such an address must be, after "must be". */
export const storageUrlRule =
  'postgres://USER@HOST:PORT/DATABASE, with special characters percent-encoded and TLS as in ' +
  'docs/storage.md (such as sslmode=verify-full), or sqlite:FILE';

/** Whether a text names a storage: `postgres://USER@HOST:PORT/DATABASE` or `sqlite:FILE`. */
export function isStorageUrl(text: string): boolean {
  if (text.startsWith(sqlitePrefix)) return text.length > sqlitePrefix.length;
  return isPostgresqlUrl(text);
}
