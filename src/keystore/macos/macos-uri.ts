/** `macos:` store URIs. */
import { createHash } from 'node:crypto';
import { toHex } from '../../core/index.ts';

/** Which keychains, and which certificate in them. */
export interface MacosSearch {
  /** The keychain as a `macos:` URI names it; all of them where it is undefined. */
  readonly keychain: string | undefined;
  /** SHA-256 of the certificate's DER, lower-case hex; any where it is undefined. */
  readonly sha256: string | undefined;
}

/** The addon's names of the two kinds of keychain. */
export const macosPlaces = {
  file: 'file keychains',
  dataProtection: 'data protection keychain',
} as const;

const systemKeychain = '/Library/Keychains/System.keychain';
const loginKeychain = /^\/.+\/Library\/Keychains\/login\.keychain(?:-db)?$/;

/**
 * Reads `macos:`, `macos:login`, `macos:system`, `macos:data-protection`, `macos:file` (a file
 * keychain whose path macOS does not tell) or `macos:/path/of/a.keychain-db`, any of them followed by
 * `?sha256=` and a certificate's fingerprint. A path names a keychain of the user's search list; it is
 * compared, never opened.
 *
 * @returns undefined where it is none of those
 */
export function parseMacosUri(uri: string): MacosSearch | undefined {
  const match =
    /^macos:(login|system|data-protection|file|\/[^?#]+)?(?:\?sha256=([0-9a-f]{64}))?$/i.exec(uri);
  if (match === null) return undefined;
  const [, keychain, sha256] = match;
  const decoded = keychain?.startsWith('/') === true ? decode(keychain) : keychain?.toLowerCase();
  if (keychain !== undefined && decoded === undefined) return undefined;
  return { keychain: decoded, sha256: sha256?.toLowerCase() };
}

/** Writes what {@link parseMacosUri} reads. */
export function formatMacosUri(place: string, der: Uint8Array | undefined): string {
  const name = keychainOf(place);
  const uri = `macos:${name.split('/').map(encodeURIComponent).join('/')}`;
  return der === undefined ? uri : `${uri}?sha256=${fingerprintOf(der)}`;
}

/** @returns the name that a `macos:` URI has for one of the addon's places */
export function keychainOf(place: string): string {
  if (place === macosPlaces.file) return 'file';
  if (place === macosPlaces.dataProtection) return 'data-protection';
  if (place === systemKeychain) return 'system';
  return loginKeychain.test(place) ? 'login' : place;
}

/** SHA-256 of a certificate, as Keychain Access shows it, in lower-case hex. */
export function fingerprintOf(der: Uint8Array): string {
  return toHex(createHash('sha256').update(der).digest());
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
