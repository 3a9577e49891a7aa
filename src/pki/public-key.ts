/** SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) and what can be done with such a key. */
import type { SignatureAlgorithm } from '../core/index.ts';
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts';
import { tags } from './der-tags.ts';
import { checkInteger, DerReader, readSingle } from './der.ts';
import { malformed, parsingAs } from './errors.ts';
import { oids } from './object-identifiers.ts';

/** The kinds of key this project knows; `unknown` keys are carried, never used. */
export type PublicKeyKind = 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'dsa' | 'unknown';

/** A curve that certificates may use here. */
export type Curve = 'P-256' | 'P-384' | 'P-521';

/** A subject's public key. */
export interface PublicKey {
  /** The whole SubjectPublicKeyInfo. */
  readonly der: Uint8Array;
  readonly kind: PublicKeyKind;
  readonly algorithm: AlgorithmIdentifier;
  /** The content of subjectPublicKey. */
  readonly keyBytes: Uint8Array;
  /** Length of the modulus, prime or curve in bits; 0 where it is not known. */
  readonly bits: number;
  /** The named curve of an `ec` key; undefined for other curves and explicit parameters. */
  readonly curve: Curve | undefined;
}

const curves: ReadonlyMap<string, { readonly curve: Curve; readonly bits: number }> = new Map([
  [oids.secp256r1, { curve: 'P-256', bits: 256 }],
  [oids.secp384r1, { curve: 'P-384', bits: 384 }],
  [oids.secp521r1, { curve: 'P-521', bits: 521 }],
]);

/**
 * Reads a SubjectPublicKeyInfo.
 *
 * @param der - exactly one SubjectPublicKeyInfo
 * @throws PkiError `public_key_malformed`
 */
export function parsePublicKey(der: Uint8Array): PublicKey {
  return parsingAs('public_key_malformed', 'Public key', () => {
    const sequence = readSingle(der, tags.sequence);
    const algorithm = readAlgorithmIdentifier(sequence);
    const { bytes, unusedBits } = sequence.bitString();
    sequence.finish();
    if (unusedBits !== 0) throw malformed('The key is not a whole number of octets.');
    return { der, algorithm, keyBytes: bytes, ...describeKey(algorithm, bytes) };
  });
}

type KeyDescription = Pick<PublicKey, 'kind' | 'bits' | 'curve'>;

function describeKey(algorithm: AlgorithmIdentifier, keyBytes: Uint8Array): KeyDescription {
  switch (algorithm.oid) {
    case oids.rsaEncryption:
      return { kind: 'rsa', bits: rsaModulusBits(keyBytes), curve: undefined };
    case oids.rsassaPss:
      return { kind: 'rsa-pss', bits: rsaModulusBits(keyBytes), curve: undefined };
    case oids.ecPublicKey:
      return describeEcKey(algorithm, keyBytes);
    case oids.ed25519:
      // RFC 8410 section 3: no parameters; RFC 8032 section 5.1.5: 32 octets.
      if (algorithm.parameters !== undefined || keyBytes.length !== 32) {
        throw malformed('An Ed25519 key has parameters or the wrong length.');
      }
      return { kind: 'ed25519', bits: 256, curve: undefined };
    case oids.dsa:
      return { kind: 'dsa', bits: dsaPrimeBits(algorithm), curve: undefined };
    default:
      return { kind: 'unknown', bits: 0, curve: undefined };
  }
}

/** RSAPublicKey (RFC 8017 appendix A.1.1). */
function rsaModulusBits(keyBytes: Uint8Array): number {
  const key = readSingle(keyBytes, tags.sequence);
  const modulus = key.integer();
  const exponent = key.integer();
  key.finish();
  if (!isPositive(modulus)) throw malformed('An RSA modulus is not positive.');
  // RFC 8017 section 3.1: odd and at least 3. Longer ones only make signature checks expensive.
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1;
  if (!isPositive(exponent) || !odd || bitLength(exponent) < 2 || bitLength(exponent) > 64) {
    throw malformed('An RSA exponent is even, too small or too large.');
  }
  return bitLength(modulus);
}

function describeEcKey(algorithm: AlgorithmIdentifier, keyBytes: Uint8Array): KeyDescription {
  const { parameters } = algorithm;
  if (parameters === undefined) throw malformed('An EC key has no parameters.');
  // RFC 5480 section 2.1.1: namedCurve only; explicit and implicit curves are known to nobody here.
  if (parameters[0] !== tags.oid) return { kind: 'ec', bits: 0, curve: undefined };
  const named = curves.get(new DerReader(parameters).oid());
  if (named === undefined) return { kind: 'ec', bits: 0, curve: undefined };
  const octets = Math.ceil(named.bits / 8);
  const form = keyBytes[0];
  const expected = form === 4 ? 1 + 2 * octets : form === 2 || form === 3 ? 1 + octets : 0;
  if (keyBytes.length !== expected) throw malformed('An EC point does not fit its curve.');
  return { kind: 'ec', ...named };
}

/** Dss-Parms (RFC 3279 section 2.3.2); absent ones are inherited from the issuer. */
function dsaPrimeBits({ parameters }: AlgorithmIdentifier): number {
  if (parameters === undefined || parameters[0] === tags.null) return 0;
  const sequence = readSingle(parameters, tags.sequence);
  const prime = sequence.integer();
  checkInteger(sequence.integer());
  checkInteger(sequence.integer());
  sequence.finish();
  return bitLength(prime);
}

function isPositive(integer: Uint8Array): boolean {
  const first = integer[0] ?? 0;
  return first < 0x80 && (first !== 0 || integer.length > 1);
}

function bitLength(integer: Uint8Array): number {
  const leading = integer[0] === 0 ? 1 : 0;
  const first = integer[leading] ?? 0;
  return (integer.length - leading - 1) * 8 + (32 - Math.clz32(first));
}

const ecAlgorithms = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;

/** Smallest RSA modulus a device may sign with (RFC 7518 sections 3.3 and 3.5). */
const rsaMinimumBits = 2048;

/**
 * Which JOSE algorithms fit a key, best first. Empty for keys that a device cannot sign with here.
 */
export function signatureAlgorithmsFor(publicKey: PublicKey): readonly SignatureAlgorithm[] {
  switch (publicKey.kind) {
    case 'ec':
      return publicKey.curve === undefined ? [] : [ecAlgorithms[publicKey.curve]];
    case 'rsa':
      return publicKey.bits >= rsaMinimumBits ? ['PS256', 'RS256'] : [];
    case 'rsa-pss':
      return publicKey.bits >= rsaMinimumBits ? ['PS256'] : [];
    case 'ed25519':
      return ['EdDSA'];
    case 'dsa':
    case 'unknown':
      return [];
  }
}
