/** Which algorithms and key sizes are good enough; a setting of each trust anchor. */
import { PkiError } from './errors.ts';
import type { Curve, PublicKey } from './public-key.ts';
import {
  pssKeyDemands,
  type SignatureFamily,
  type SignatureHash,
  type SignatureScheme,
} from './signature-scheme.ts';

/** What signatures and keys of a path may be. */
export interface AlgorithmPolicy {
  readonly families: readonly SignatureFamily[];
  readonly hashes: readonly SignatureHash[];
  readonly curves: readonly Curve[];
  /** Smallest RSA modulus, in bits. */
  readonly rsaMinimumBits: number;
  /** Largest RSA modulus, in bits: bounds what one signature check may cost. */
  readonly rsaMaximumBits: number;
  /** Smallest DSA prime, in bits. */
  readonly dsaMinimumBits: number;
}

/** What is accepted where nobody says otherwise. */
export const defaultAlgorithmPolicy: AlgorithmPolicy = {
  families: ['rsa-pkcs1', 'rsa-pss', 'ecdsa', 'ed25519'],
  hashes: ['SHA-256', 'SHA-384', 'SHA-512'],
  curves: ['P-256', 'P-384', 'P-521'],
  rsaMinimumBits: 2048,
  rsaMaximumBits: 8192,
  dsaMinimumBits: 2048,
};

/** @returns why a key is not accepted, or undefined where it is */
export function keyObjection(key: PublicKey, policy: AlgorithmPolicy): string | undefined {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return rsaObjection(key, policy);
    case 'ec':
      if (key.curve === undefined) return 'its curve is not a known named one';
      return policy.curves.includes(key.curve) ? undefined : `its curve is ${key.curve}`;
    case 'ed25519':
      return policy.families.includes('ed25519') ? undefined : 'it is an Ed25519 key';
    case 'dsa':
      if (!policy.families.includes('dsa')) return 'it is a DSA key';
      return key.bits >= policy.dsaMinimumBits ? undefined : `it has ${key.bits} bits`;
    case 'unknown':
      return `its algorithm ${key.algorithm.oid} is not known`;
  }
}

function rsaObjection({ bits }: PublicKey, policy: AlgorithmPolicy): string | undefined {
  if (bits < policy.rsaMinimumBits) {
    return `it has ${bits} bits, and ${policy.rsaMinimumBits} are asked`;
  }
  return bits > policy.rsaMaximumBits
    ? `it has ${bits} bits, and at most ${policy.rsaMaximumBits} are allowed`
    : undefined;
}

/** @returns why a signature scheme is not accepted, or undefined where it is */
export function schemeObjection(
  scheme: SignatureScheme,
  policy: AlgorithmPolicy,
): string | undefined {
  if (!policy.families.includes(scheme.family)) return `${scheme.family} is not allowed`;
  if (scheme.family === 'ed25519' || policy.hashes.includes(scheme.hash)) return undefined;
  return `${scheme.hash} is not allowed`;
}

/** True where a key of this kind, with its own parameters, can have made such a signature. */
export function schemeFitsKey(scheme: SignatureScheme, key: PublicKey): boolean {
  switch (scheme.family) {
    case 'rsa-pkcs1':
      // RFC 4055 section 1.2: an id-RSASSA-PSS key is for PSS alone.
      return key.kind === 'rsa';
    case 'rsa-pss':
      return key.kind === 'rsa' || (key.kind === 'rsa-pss' && demandsAreMet(scheme, key));
    case 'ecdsa':
      return key.kind === 'ec';
    case 'ed25519':
      return key.kind === 'ed25519';
    case 'dsa':
      return key.kind === 'dsa';
  }
}

function demandsAreMet(
  scheme: Extract<SignatureScheme, { family: 'rsa-pss' }>,
  key: PublicKey,
): boolean {
  try {
    const demands = pssKeyDemands(key);
    if (demands === undefined) return true;
    return scheme.hash === demands.hash && scheme.saltLength >= demands.saltLength;
  } catch (error) {
    if (error instanceof PkiError) return false;
    throw error;
  }
}
