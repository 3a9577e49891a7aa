/** Who may speak to the loopback endpoint: the checks of docs/protocol.md on Host and Origin. */
import { isLoopbackHost, parseOrigin } from '../../protocol/index.ts';

/**
 * Whether a Host header names this machine and this very port: a page that had its own name rebound
 * to 127.0.0.1 would send that name (DNS rebinding).
 *
 * @param host - the header (RFC 9110 section 7.2)
 * @param port - the port that the request came in on
 */
export function isOwnHost(host: string | undefined, port: number): boolean {
  const suffix = `:${port}`;
  if (host?.endsWith(suffix) !== true) return false;
  return isLoopbackHost(host.slice(0, -suffix.length).toLowerCase());
}

/**
 * The origin of a request where the settings allow it, compared as a parsed origin.
 *
 * @param origin - the Origin header (RFC 6454 section 7)
 * @param allowed - origins as {@link parseOrigin} gives them
 */
export function allowedOrigin(
  origin: string | undefined,
  allowed: ReadonlySet<string>,
): string | undefined {
  const parsed = origin === undefined ? undefined : parseOrigin(origin);
  return parsed !== undefined && allowed.has(parsed) ? parsed : undefined;
}
