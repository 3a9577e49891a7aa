/** Cookies (RFC 6265) with the one set of attributes that this server uses. */

/** A cookie of this server. */
export interface SessionCookie {
  /**
   * @param header - a request's Cookie header
   * @returns the cookie's value; undefined where it is missing or sent twice
   */
  read(header: string | undefined): string | undefined;
  /** @returns a Set-Cookie header that lasts until the browser closes */
  set(value: string): string;
  /** @returns a Set-Cookie header that deletes the cookie */
  clear(): string;
}

/**
 * Describes a cookie: for this host alone, out of scripts' reach, not sent along by foreign sites.
 *
 * @param name - its name
 * @param secure - whether the server is reached over https: the name then has the `__Host-` prefix,
 *   which keeps other hosts of the same domain from setting it. In development on plain http,
 *   browsers would not keep such a cookie.
 */
export function sessionCookie(name: string, secure: boolean): SessionCookie {
  const fullName = secure ? `__Host-${name}` : name;
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    read(header) {
      const values = (header ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${fullName}=`))
        .map((pair) => pair.slice(fullName.length + 1));
      return values.length === 1 ? values[0] : undefined;
    },
    set: (value) => `${fullName}=${value}${attributes}`,
    clear: () => `${fullName}=; Max-Age=0${attributes}`,
  };
}
