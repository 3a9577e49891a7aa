/** Store URIs: which kind of store a setting means, and where it is. */
import { fileURLToPath } from 'node:url';
import { KeystoreError } from './errors.ts';
import { parseMacosUri, type MacosSearch } from './macos/macos-uri.ts';
import { parsePkcs11Uri, type Pkcs11Uri } from './pkcs11/pkcs11-uri.ts';
import { parseWindowsUri, type WindowsSearch } from './windows/windows-uri.ts';

/** A store URI, understood. */
export type StoreUri =
  | { readonly kind: 'pkcs11'; readonly search: Pkcs11Uri }
  | { readonly kind: 'p11-kit'; readonly search: Pkcs11Uri }
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'windows'; readonly search: WindowsSearch }
  | { readonly kind: 'macos'; readonly search: MacosSearch };

const absolutePath = /^(?:\/|[A-Za-z]:[\\/])/;
const moduleSuffix = /\.(?:so(?:\.\d+)*|dylib|dll)$/i;

/**
 * Reads a store URI: `pkcs11:` (RFC 7512), `p11-kit:`, `file:` (RFC 8089), `windows:`, `macos:`, or an absolute
 * path, which means a PKCS#11 module if it ends like a library and a directory otherwise.
 *
 * @throws KeystoreError `store_uri_invalid` with a sentence that says what is wrong
 */
export function parseStoreUri(uri: string): StoreUri {
  if (uri.includes('\0')) throw invalid('It contains a NUL character.');
  if (absolutePath.test(uri)) {
    return moduleSuffix.test(uri)
      ? { kind: 'pkcs11', search: { modulePath: uri } }
      : { kind: 'file', directory: uri };
  }
  const kind = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
  return readScheme(kind, uri);
}

function readScheme(scheme: string | undefined, uri: string): StoreUri {
  switch (scheme) {
    case 'pkcs11':
      return { kind: 'pkcs11', search: parsePkcs11Uri(uri) };
    case 'p11-kit':
      return { kind: 'p11-kit', search: p11KitSearch(uri) };
    case 'file':
      return { kind: 'file', directory: directoryOf(uri) };
    case 'windows':
      return { kind: 'windows', search: windowsSearch(uri) };
    case 'macos':
      return { kind: 'macos', search: macosSearch(uri) };
    default:
      throw invalid(
        scheme === undefined
          ? 'Give pkcs11:, p11-kit:, file:, windows: or macos:, or an absolute path.'
          : `There is no "${scheme}:" store; known are pkcs11:, p11-kit:, file:, windows: and macos:.`,
      );
  }
}

function windowsSearch(uri: string): WindowsSearch {
  const search = parseWindowsUri(uri);
  if (search !== undefined) return search;
  throw invalid(
    'Give windows:, windows:CurrentUser/My or windows:LocalMachine/My, with /THUMBPRINT for one certificate.',
  );
}

function macosSearch(uri: string): MacosSearch {
  const search = parseMacosUri(uri);
  if (search !== undefined) return search;
  throw invalid(
    'Give macos:, macos:login, macos:system, macos:data-protection or macos:/path/of/a.keychain-db, with ?sha256=FINGERPRINT for one certificate.',
  );
}

/** The attributes of a PKCS #11 URI, but for those that name a module: p11-kit's list does that. */
function p11KitSearch(uri: string): Pkcs11Uri {
  const search = parsePkcs11Uri(uri.replace(/^p11-kit:/i, 'pkcs11:'));
  const { modulePath, moduleName, initArgs } = search;
  if ([modulePath, moduleName, initArgs].every((value) => value === undefined)) return search;
  throw invalid('p11-kit: takes the modules that are registered; to name one, give a pkcs11: URI.');
}

/** RFC 8089 section 2, and its minimal form file:/path. */
function directoryOf(uri: string): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw invalid('The file URI is malformed.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw invalid('A file URI has no query and no fragment; percent-encode "?" and "#".');
  }
  if (!/^file:\//i.test(uri)) {
    throw invalid('A file URI needs an absolute path: file:///directory.');
  }
  try {
    return fileURLToPath(url);
  } catch {
    throw invalid('The file URI must name a directory of this machine: file:///directory.');
  }
}

function invalid(reason: string): KeystoreError {
  return new KeystoreError('store_uri_invalid', {
    message: `The store URI cannot be understood. ${reason}`,
  });
}
