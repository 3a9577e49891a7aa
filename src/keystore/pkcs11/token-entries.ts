/** From what a token shows to what a store lists: its certificates, each with its key or why not. */
import { bytesEqual, describeError } from '../../core/index.ts';
import { parseCertificate, type Certificate } from '../../pki/index.ts';
import type { StoredCertificate, StoreListing } from '../certificate-store.ts';
import { chainFor } from '../chain.ts';
import { KeystoreError } from '../errors.ts';
import { tokenFlags } from './constants.ts';
import { describeKey } from './describe-key.ts';
import { privateKeyFor } from './match-keys.ts';
import { algorithmsOn } from './mechanisms.ts';
import { formatPkcs11Uri, type Pkcs11Module } from './pkcs11-location.ts';
import { Pkcs11Signer, type RequestSignature } from './pkcs11-signer.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import type { CertificateReport, PrivateKeyReport, TokenReport } from './protocol.ts';

/** Which of a token's objects are asked for. */
type ObjectSearch = Pick<Pkcs11Uri, 'id' | 'object'>;

/** What {@link tokenEntries} needs besides the token. */
export interface EntryContext {
  readonly search: ObjectSearch;
  readonly module: Pkcs11Module;
  /** The module's description and version, for people. */
  readonly library: string;
  /** Why nobody is logged in to the token, where a login was tried. */
  readonly refusal: KeystoreError | undefined;
  /** Has the token sign. */
  readonly request: RequestSignature;
}

/** A certificate object, parsed. */
interface TokenCertificate {
  readonly object: CertificateReport;
  readonly certificate: Certificate;
}

/** The entries of a token that a search asks for, and what of the token could not be read. */
export function tokenEntries(token: TokenReport, context: EntryContext): StoreListing {
  const unreadable: string[] = [];
  const all = parseAll(token, unreadable);
  const pool = all.map(({ certificate }) => certificate);
  const location = formatPkcs11Uri({ ...token.name, token: token.name.label }, context.module);
  return {
    certificates: all
      .filter(({ object }) => isAskedFor(object, context.search))
      .map((found) => entryOf(found, pool, token, context)),
    problems: [...token.problems, ...unreadable].map((message) => ({
      location,
      code: 'certificate_unreadable',
      message,
    })),
  };
}

/** A certificate whose key would be of use has no key in sight, and a login may show it. */
export function wantsLogin(token: TokenReport, search: ObjectSearch): boolean {
  if (token.loggedIn || (token.flags & tokenFlags.loginRequired) === 0) return false;
  return parseAll(token, []).some(
    ({ object, certificate }) =>
      isAskedFor(object, search) &&
      certificate.basicConstraints?.ca !== true &&
      algorithmsOn(certificate.publicKey, token.mechanisms).length > 0 &&
      privateKeyFor(certificate.publicKey, object.id, token) === undefined,
  );
}

/** @param problems - gets a sentence for each certificate that cannot be read */
function parseAll(token: TokenReport, problems: string[]): TokenCertificate[] {
  return token.certificates.flatMap((object) => {
    try {
      return [{ object, certificate: parseCertificate(object.der) }];
    } catch (error) {
      problems.push(`Certificate “${object.label}”: ${describeError(error)}`);
      return [];
    }
  });
}

function isAskedFor({ id, label }: CertificateReport, search: ObjectSearch): boolean {
  return (
    (search.id === undefined || bytesEqual(search.id, id)) &&
    (search.object === undefined || search.object === label)
  );
}

function entryOf(
  { object, certificate }: TokenCertificate,
  pool: readonly Certificate[],
  token: TokenReport,
  { module, library, refusal, request }: EntryContext,
): StoredCertificate {
  const { id, label } = object;
  const place = { ...token.name, token: token.name.label, id, object: label };
  const location = formatPkcs11Uri({ ...place, type: 'cert' }, module);
  const stored = { location, label, certificate, chain: chainFor(certificate, pool) };
  const key = privateKeyFor(certificate.publicKey, id, token);
  const algorithms = algorithmsOn(certificate.publicKey, token.mechanisms);
  const error = whyUnusable(key, algorithms.length, refusal);
  if (key === undefined || error !== undefined) {
    const { code, message } = error ?? new KeystoreError('key_not_found');
    return { ...stored, key: undefined, problem: { location, code, message } };
  }
  const { name, alwaysAuthenticate } = key;
  const tokenKey = { token: token.name, key: name, alwaysAuthenticate, certificate };
  const signer = new Pkcs11Signer(tokenKey, algorithms, request);
  return { ...stored, key: describeKey(key, token, library), signer };
}

function whyUnusable(
  key: PrivateKeyReport | undefined,
  algorithms: number,
  refusal: KeystoreError | undefined,
): KeystoreError | undefined {
  if (key === undefined) return refusal ?? new KeystoreError('key_not_found');
  if (key.sign === false) {
    return new KeystoreError('key_not_permitted', {
      message:
        'The private key is there, but its token says that it is not for signing (CKA_SIGN).',
    });
  }
  if (algorithms === 0) {
    return new KeystoreError('algorithm_unsupported', {
      message: 'The token has no mechanism that signs with this kind of key here.',
    });
  }
  return undefined;
}
