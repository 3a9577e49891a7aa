/** Which way leads to a server: straight, or through the proxy of the settings. */
import { isLoopbackHost } from '../../protocol/index.ts';
import type { ProxySettings } from '../config/settings.ts';

/**
 * Tells whether a URL is reached through the proxy. Never so for this machine itself.
 *
 * @param url - the server's
 * @param proxy - of the settings; its noProxy entries are host names, which also mean everything below
 *   them, addresses, or `*`; each may have `:port`
 */
export function usesProxy(url: URL, proxy: ProxySettings | undefined): boolean {
  if (proxy === undefined || isLoopbackHost(url.hostname)) return false;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return !proxy.noProxy.some((entry) => bypasses(entry.toLowerCase(), url.hostname, port));
}

function bypasses(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, entryHost = '', entryPort] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = entryHost.replace(/^\*?\./, '');
  return name !== '' && (hostname === name || hostname.endsWith(`.${name}`));
}
