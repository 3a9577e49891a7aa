/** Why a database cannot be used, and what to do, for the person who starts the program. */
import SqliteDatabase from 'better-sqlite3';
import pg from 'pg';
import { ServerError, serverErrors } from '../../errors.ts';

const wantsAuthority =
  'sslrootcert in the address must name the file with the authority that issued the database’s certificate';

/** What to do, by the error's code: Node's, OpenSSL's or SQLSTATE. */
const remedies: ReadonlyMap<unknown, string> = new Map([
  ['ENOTFOUND', 'there is no such host'],
  ['ECONNREFUSED', 'nothing listens there'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'the address must name the host as the database’s certificate does',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', wantsAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', wantsAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', wantsAuthority],
  ['SELF_SIGNED_CERT_IN_CHAIN', wantsAuthority],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', wantsAuthority],
  ['INVALID_PURPOSE', 'the database’s certificate is not one of a server'],
  ['CERT_HAS_EXPIRED', 'the database needs a new certificate'],
  ['CERT_NOT_YET_VALID', 'the clock here or the database’s certificate is wrong'],
  ['28P01', 'the password comes from the address or storage.passwordFile'],
  ['3D000', 'the database must be made first'],
  ['42501', 'the user must own the database'],
]);

/** What to do, by a part of the message, where there is no code of its own. */
const remediesByMessage: readonly (readonly [part: string, remedy: string])[] = [
  ['no encryption', 'the database asks for TLS: add sslmode=verify-full to the address'],
  ['client certificate', 'name one with sslcert and sslkey in the address'],
  [
    'client password must be a string',
    'the database asks for a password: set storage.passwordFile',
  ],
  [
    'does not support SSL',
    'switch TLS on at the database (ssl = on), or, where nobody is in between, use sslmode=disable',
  ],
];

/**
 * Does work that begins with opening a database.
 *
 * @param name - of the database, for people: a path, or host and database; never a password
 * @throws ServerError `storage_unavailable` that says why
 */
export async function explainingFailure<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = driversError(error);
    if (cause === undefined) throw error;
    const message = `The database ${name} cannot be used: ${reasonOf(cause)}.`;
    throw new ServerError('storage_unavailable', { message, cause });
  }
}

/** The error of a driver, bare or behind the sentence for the public; undefined where it is neither. */
function driversError(error: unknown): Error | undefined {
  if (error instanceof pg.DatabaseError || error instanceof SqliteDatabase.SqliteError)
    return error;
  if (!(error instanceof ServerError) || error.code !== 'storage_unavailable') return undefined;
  const isExplained = error.message !== serverErrors.storage_unavailable;
  return !isExplained && error.cause instanceof Error ? error.cause : undefined;
}

/** Where a name has several addresses, each failed in its own way. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) {
    const reasons = error.errors.map((one: unknown) => reasonOf(one as Error));
    return [...new Set(reasons)].join('; ');
  }
  const remedy = remedyFor(error);
  const reason = error.message.replace(/[.:\s]+$/, '');
  return remedy === undefined ? reason : `${reason} (${remedy})`;
}

function remedyFor(error: Error): string | undefined {
  const remedy = remedies.get((error as NodeJS.ErrnoException).code);
  if (remedy !== undefined) return remedy;
  return remediesByMessage.find(([part]) => error.message.includes(part))?.[1];
}
