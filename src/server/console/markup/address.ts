/** Parameters of an address; those that are undefined or empty are left out. */
export type QueryParameters = Readonly<Record<string, string | number | undefined>>;

/**
 * An address on this server.
 *
 * @param path - fixed parts and segments; each segment is encoded
 * @param parameters - what follows the question mark
 */
export function address(path: readonly string[], parameters: QueryParameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = `/admin/${path.map(encodeURIComponent).join('/')}`;
  return query.size === 0 ? text : `${text}?${query.toString()}`;
}
