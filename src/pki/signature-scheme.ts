/** Signature algorithms of certificates, CRLs and OCSP responses (RFC 3279, 4055, 5758, 8410). */
import {
  type AlgorithmIdentifier,
  parametersAbsentOrNull,
  readAlgorithmIdentifier,
} from './algorithm-identifier.ts';
import { tags } from './der-tags.ts';
import { contextConstructed, DerReader, readSingle } from './der.ts';
import { oids } from './object-identifiers.ts';
import { malformed, parsingAs, PkiError } from './errors.ts';
import type { PublicKey } from './public-key.ts';

/** A digest a signature may be made over, by its Web Crypto name. MD5 is known so as to be named. */
export type SignatureHash = 'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';

/** The families of signature. */
export type SignatureFamily = 'rsa-pkcs1' | 'rsa-pss' | 'ecdsa' | 'ed25519' | 'dsa';

/** A signature algorithm with all its parameters. */
export type SignatureScheme =
  | { readonly family: 'rsa-pkcs1' | 'ecdsa' | 'dsa'; readonly hash: SignatureHash }
  | { readonly family: 'rsa-pss'; readonly hash: SignatureHash; readonly saltLength: number }
  | { readonly family: 'ed25519' };

const rsa = (hash: SignatureHash): SignatureScheme => ({ family: 'rsa-pkcs1', hash });
const ecdsa = (hash: SignatureHash): SignatureScheme => ({ family: 'ecdsa', hash });
const dsa = (hash: SignatureHash): SignatureScheme => ({ family: 'dsa', hash });

const simpleSchemes: ReadonlyMap<string, SignatureScheme> = new Map([
  [oids.md5WithRSAEncryption, rsa('MD5')],
  [oids.sha1WithRSAEncryption, rsa('SHA-1')],
  [oids.sha256WithRSAEncryption, rsa('SHA-256')],
  [oids.sha384WithRSAEncryption, rsa('SHA-384')],
  [oids.sha512WithRSAEncryption, rsa('SHA-512')],
  [oids.ecdsaWithSha1, ecdsa('SHA-1')],
  [oids.ecdsaWithSha256, ecdsa('SHA-256')],
  [oids.ecdsaWithSha384, ecdsa('SHA-384')],
  [oids.ecdsaWithSha512, ecdsa('SHA-512')],
  [oids.dsaWithSha1, dsa('SHA-1')],
  [oids.dsaWithSha256, dsa('SHA-256')],
  [oids.ed25519, { family: 'ed25519' }],
]);

const hashes: ReadonlyMap<string, SignatureHash> = new Map([
  [oids.sha1, 'SHA-1'],
  [oids.sha256, 'SHA-256'],
  [oids.sha384, 'SHA-384'],
  [oids.sha512, 'SHA-512'],
]);

/**
 * Understands a signature's AlgorithmIdentifier. Parameters must be what the algorithm's RFC says:
 * NULL or absent for RSA PKCS#1 v1.5 (RFC 4055 section 5), absent for ECDSA (RFC 5758 section 3.2),
 * DSA (3.1) and Ed25519 (RFC 8410 section 3).
 *
 * @returns undefined for an algorithm or for parameters that are not known
 */
export function signatureSchemeOf(algorithm: AlgorithmIdentifier): SignatureScheme | undefined {
  if (algorithm.oid === oids.rsassaPss) return pssScheme(algorithm.parameters);
  const scheme = simpleSchemes.get(algorithm.oid);
  if (scheme === undefined) return undefined;
  const fits =
    scheme.family === 'rsa-pkcs1'
      ? parametersAbsentOrNull(algorithm)
      : algorithm.parameters === undefined;
  return fits ? scheme : undefined;
}

function pssScheme(parameters: Uint8Array | undefined): SignatureScheme | undefined {
  if (parameters === undefined) return undefined;
  try {
    return { family: 'rsa-pss', ...decodePssParameters(parameters) };
  } catch (error) {
    if (error instanceof PkiError) return undefined;
    throw error;
  }
}

/** What RSASSA-PSS-params fix. */
export interface PssParameters {
  readonly hash: SignatureHash;
  readonly saltLength: number;
}

/**
 * Decodes RSASSA-PSS-params (RFC 4055 section 3.1). MGF1 must use the message's own hash, which the
 * RFC recommends and every implementation does.
 *
 * @throws PkiError `der_malformed`
 */
function decodePssParameters(parameters: Uint8Array): PssParameters {
  const sequence = readSingle(parameters, tags.sequence);
  const hash = readExplicit(sequence, 0, readHash) ?? 'SHA-1';
  const maskHash = readExplicit(sequence, 1, readMaskGeneration) ?? 'SHA-1';
  const saltLength = readExplicit(sequence, 2, (reader) => reader.smallInteger()) ?? 20;
  const trailer = readExplicit(sequence, 3, (reader) => reader.smallInteger()) ?? 1;
  sequence.finish();
  if (maskHash !== hash || trailer !== 1) throw malformed('The PSS parameters are not usable.');
  return { hash, saltLength };
}

function readExplicit<T>(
  sequence: DerReader,
  number: number,
  read: (reader: DerReader) => T,
): T | undefined {
  const explicit = sequence.optional(contextConstructed(number));
  if (explicit === undefined) return undefined;
  const value = read(explicit);
  explicit.finish();
  return value;
}

function readHash(reader: DerReader): SignatureHash {
  const algorithm = readAlgorithmIdentifier(reader);
  const hash = hashes.get(algorithm.oid);
  if (hash === undefined || !parametersAbsentOrNull(algorithm)) {
    throw malformed('The hash is not known.');
  }
  return hash;
}

function readMaskGeneration(reader: DerReader): SignatureHash {
  const { oid, parameters } = readAlgorithmIdentifier(reader);
  if (oid !== oids.mgf1 || parameters === undefined) throw malformed('The mask is not MGF1.');
  return readHash(new DerReader(parameters));
}

/**
 * What an id-RSASSA-PSS key demands of signatures made with it (RFC 4055 section 3.3): its hash,
 * and a salt at least as long as its own.
 *
 * @returns undefined where the key has no parameters and so demands nothing
 * @throws PkiError `public_key_malformed`
 */
export function pssKeyDemands(key: PublicKey): PssParameters | undefined {
  const { parameters } = key.algorithm;
  if (parameters === undefined) return undefined;
  return parsingAs('public_key_malformed', 'RSASSA-PSS key', () => decodePssParameters(parameters));
}
