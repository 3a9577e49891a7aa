/**
 * Where a PostgreSQL address says to connect, and how. What `sslmode` means differs between libpq,
 * node-postgres, and node-postgres’ next version; here a connection is either checked, or not
 * encrypted, or said to be unchecked by a word that nobody writes by mistake (docs/storage.md).
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { isLoopbackHost } from '../../../protocol/index.ts';
import { ServerError } from '../../errors.ts';

/** An address, as node-postgres takes it. */
export interface PostgresqlAddress {
  /** Without what it says of TLS, which node-postgres would put before {@link ssl}. */
  readonly connectionString: string;
  readonly ssl: false | ConnectionOptions;
  /** A host that the connection goes to in the clear, past others; undefined where it does not. */
  readonly exposedTo: string | undefined;
  /** Host and database, for people. */
  readonly name: string;
}

type Protection = 'none' | 'checked' | 'unchecked';

/** Values of `sslmode`. libpq’s weaker ones are taken for the strongest: each promises less. */
const protections: ReadonlyMap<string, Protection> = new Map([
  ['disable', 'none'],
  ['allow', 'checked'],
  ['prefer', 'checked'],
  ['require', 'checked'],
  ['verify-ca', 'checked'],
  ['verify-full', 'checked'],
  ['no-verify', 'unchecked'],
]);

/** Parameters that name PEM files, and what Node calls their content. */
const fileParameters = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

type FileParameter = keyof typeof fileParameters;

const files = Object.keys(fileParameters) as readonly FileParameter[];

/** Parameters that would change what is checked; of them, only those above are understood. */
const aboutTls = /^(ssl.*|uselibpqcompat)$/;

/**
 * Whether a text is the address of a PostgreSQL database: a URL whose parts are percent-encoded as
 * they must be, and that says nothing of TLS that is not understood.
 */
export function isPostgresqlUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\/./.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  const parts = [url.username, url.password, url.hostname, url.pathname];
  return parts.every(isDecodable) && url.hash === '' && protectionOf(url) !== undefined;
}

/**
 * Reads an address. The files that it names are read at once, and again for each connection, so that
 * certificates may be renewed; while one cannot be read, its last content serves.
 *
 * @throws ServerError `storage_unavailable` where it is no address, or one of its files cannot be used
 */
export function readPostgresqlUrl(text: string): PostgresqlAddress {
  const url = isPostgresqlUrl(text) ? new URL(text) : undefined;
  const protection = url && protectionOf(url);
  if (url === undefined || protection === undefined) {
    // The text itself is not told: it may hold a password.
    const message = 'The address of the database is none; docs/storage.md says how it is written.';
    throw new ServerError('storage_unavailable', { message });
  }
  const ssl = protection !== 'none' && tlsOptions(url, protection);
  const exposedTo = protection === 'none' ? remoteHost(url) : undefined;
  for (const parameter of ['sslmode', ...files]) url.searchParams.delete(parameter);
  const name = `${url.host}${decodeURIComponent(url.pathname)}`;
  return { connectionString: url.href, ssl, exposedTo, name };
}

/** @returns undefined where it cannot be told */
function protectionOf({ searchParams }: URL): Protection | undefined {
  const given = [...searchParams.keys()].filter((name) => aboutTls.test(name));
  const isKnown = given.every((name) => name === 'sslmode' || Object.hasOwn(fileParameters, name));
  const isOnce = new Set(given).size === given.length;
  const isPaired = searchParams.has('sslcert') === searchParams.has('sslkey');
  if (!isKnown || !isOnce || !isPaired) return undefined;
  const mode = searchParams.get('sslmode') ?? (given.length > 0 ? 'verify-full' : 'disable');
  return protections.get(mode);
}

function tlsOptions({ searchParams }: URL, protection: Protection): ConnectionOptions {
  const options: ConnectionOptions = { rejectUnauthorized: protection === 'checked' };
  for (const parameter of files) {
    const path = searchParams.get(parameter);
    if (path === null) continue;
    // node-postgres copies the options for each connection.
    const get = rereading(parameter, path);
    const property = { get, enumerable: true, configurable: true };
    Object.defineProperty(options, fileParameters[parameter], property);
  }
  return options;
}

function rereading(parameter: FileParameter, path: string): () => string {
  let last = readPem(parameter, path);
  return () => {
    try {
      last = readPem(parameter, path);
    } catch {
      // It is being replaced.
    }
    return last;
  };
}

/** @throws ServerError `storage_unavailable` */
function readPem(parameter: FileParameter, path: string): string {
  const fail = (reason: string, cause?: unknown): never => {
    const message = `The database cannot be used: the file of ${parameter}, ${path}, ${reason}.`;
    throw new ServerError('storage_unavailable', { message, cause });
  };
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    return fail(`cannot be read (${(cause as Error).message})`, cause);
  }
  // Node takes a file without any for one that names no authority, and fails later, elsewhere.
  const label = parameter === 'sslkey' ? 'PRIVATE KEY' : 'CERTIFICATE';
  const isPem = new RegExp(`^-----BEGIN [A-Z ]*${label}-----`, 'm').test(content);
  return isPem ? content : fail(`holds no ${label.toLowerCase()} in PEM`);
}

/** The host of a URL, where it is not this machine. */
function remoteHost({ hostname, searchParams }: URL): string | undefined {
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  const isLocal = host === '' || host.startsWith('/') || isLoopbackHost(host);
  return isLocal ? undefined : host;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
