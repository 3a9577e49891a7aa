/** Web origins (RFC 6454) and the URLs of a server. Compared as parsed values, never by pattern. */

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True for the host names that mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return loopbackNames.has(hostname);
}

/**
 * Parses a web origin in its ASCII serialization (RFC 6454 section 6.2).
 *
 * @returns the canonical origin, or undefined where the text is not exactly an http(s) origin
 *   ("null", paths, upper case, default ports and trailing slashes are all refused)
 */
export function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  return url.origin === text ? text : undefined;
}

/**
 * Parses an absolute URL that a server may be reached at: https, or http on this machine only.
 *
 * @returns the URL, or undefined; user names, passwords and fragments are refused
 */
export function parseServerUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const secure =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  const plain = url.username === '' && url.password === '' && url.hash === '';
  return secure && plain ? url : undefined;
}
