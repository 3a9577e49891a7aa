/** `windows:` store URIs. */
import { createHash } from 'node:crypto';
import { toHex } from '../../core/index.ts';

/** Which of the personal stores, and which certificate in it. */
export interface WindowsSearch {
  /** The addon's name of the store; both where it is undefined. */
  readonly store: WindowsStoreName | undefined;
  /** SHA-1 of the certificate's DER, upper-case hex, as Windows shows it; any where undefined. */
  readonly thumbprint: string | undefined;
}

/** The stores that are read, by the addon's names. */
export const windowsStores = ['CurrentUser\\MY', 'LocalMachine\\MY'] as const;

/** One of {@link windowsStores}. */
export type WindowsStoreName = (typeof windowsStores)[number];

/**
 * Reads `windows:`, `windows:CurrentUser/My`, `windows:LocalMachine/My`, either of the two followed by
 * `/THUMBPRINT`: the paths of PowerShell's certificate drive, in URI form.
 *
 * @returns undefined where it is none of those
 */
export function parseWindowsUri(uri: string): WindowsSearch | undefined {
  const match = /^windows:(?:([a-z]+[/\\]my)(?:[/\\]([0-9a-f]{40}))?)?$/i.exec(uri);
  if (match === null) return undefined;
  const [, path, thumbprint] = match;
  if (path === undefined) return { store: undefined, thumbprint: undefined };
  const name = path.replace('/', '\\').toLowerCase();
  const store = windowsStores.find((candidate) => candidate.toLowerCase() === name);
  return store && { store, thumbprint: thumbprint?.toUpperCase() };
}

/** Writes what {@link parseWindowsUri} reads. */
export function formatWindowsUri(store: string, der: Uint8Array | undefined): string {
  const place = `windows:${store.replace('\\', '/')}`;
  return der === undefined ? place : `${place}/${thumbprintOf(der)}`;
}

/** SHA-1 of a certificate, as Windows shows it. A name only: nothing rests on SHA-1 here. */
export function thumbprintOf(der: Uint8Array): string {
  return toHex(createHash('sha1').update(der).digest()).toUpperCase();
}
