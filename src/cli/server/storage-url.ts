/** What the address of a file begins with. */
export const sqlitePrefix = 'sqlite:';

/** Whether a text names a storage: `postgres://USER@HOST:PORT/DATABASE` or `sqlite:FILE`. */
export function isStorageUrl(text: string): boolean {
  if (text.startsWith(sqlitePrefix)) return text.length > sqlitePrefix.length;
  return /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text);
}
