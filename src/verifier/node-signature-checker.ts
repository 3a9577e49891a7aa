/** The signature checker of path validation on Node's crypto; synchronous. */
import { constants, type SigningOptions } from 'node:crypto';
import type {
  PublicKey,
  SignatureChecker,
  SignatureRequest,
  SignatureScheme,
} from '../pki/index.ts';
import { verifySignature } from './verify-signature.ts';

/** Node's names of the hashes. */
const digests = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
} as const;

/**
 * Verifies with Node's crypto. It checks what it is given: which algorithms and sizes are good enough
 * is the algorithm policy's to say, before it is asked. Keys that do not name their curve are refused:
 * OpenSSL would take a curve from the certificate itself (CVE-2020-0601).
 */
export const nodeSignatureChecker: SignatureChecker = {
  verify({ scheme, publicKey, message, signature }: SignatureRequest): boolean {
    if (!keyFits(publicKey, scheme)) return false;
    return verifySignature(publicKey, digestOf(scheme), message, optionsOf(scheme), signature);
  },
};

const familiesByKind: Readonly<Record<PublicKey['kind'], readonly SignatureScheme['family'][]>> = {
  rsa: ['rsa-pkcs1', 'rsa-pss'],
  'rsa-pss': ['rsa-pss'],
  ec: ['ecdsa'],
  ed25519: ['ed25519'],
  dsa: ['dsa'],
  unknown: [],
};

function keyFits({ kind }: PublicKey, { family }: SignatureScheme): boolean {
  return familiesByKind[kind].includes(family);
}

function digestOf(scheme: SignatureScheme): string | undefined {
  return scheme.family === 'ed25519' ? undefined : digests[scheme.hash];
}

/** PKCS#1 v1.5 and the DER encoding of ECDSA and DSA are what Node takes a bare key for. */
function optionsOf(scheme: SignatureScheme): SigningOptions {
  if (scheme.family !== 'rsa-pss') return {};
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
}
