/** NIST's Public Key Interoperability Test Suite, as test/conformance/pkits holds it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  defaultAlgorithmPolicy,
  defaultRevocationSettings,
  findCertificationPath,
  parseCertificate,
  parseCrl,
  PkiError,
  trustAnchorFromCertificate,
  type AlgorithmPolicy,
  type AvailableCrl,
  type Certificate,
  type HashFunction,
  type PathResult,
  type RevocationInputs,
  type SignatureChecker,
} from '../../src/pki/index.ts';

/** One case of cases.json. */
export interface PkitsCase {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly intermediates: readonly string[];
  readonly anchors: readonly string[];
  readonly crls: readonly string[];
  readonly policy: {
    readonly initialPolicySet: readonly string[];
    readonly initialExplicitPolicy: boolean;
    readonly initialPolicyMappingInhibit: boolean;
    readonly initialInhibitAnyPolicy: boolean;
  };
  readonly expect: boolean;
}

const root = new URL('../conformance/pkits/', import.meta.url);

/** Every case, in NIST's order. */
export const pkitsCases = JSON.parse(
  readFileSync(new URL('cases.json', root), 'utf8'),
) as readonly PkitsCase[];

/** @returns the DER of a certificate (`.crt`) or CRL (`.crl`) of the suite */
export function pkitsFile(name: string): Uint8Array {
  const folder = name.endsWith('.crl') ? 'crls/' : 'certs/';
  return new Uint8Array(readFileSync(new URL(folder + name, root)));
}

/** A moment in which all of the suite's certificates that are to be valid are. */
export const pkitsTime = new Date('2020-06-15T12:00:00Z');

/** The suite's DSA certificates, from 2011, are signed with SHA-1 over 1024-bit keys. */
export const pkitsAlgorithmPolicy: AlgorithmPolicy = {
  ...defaultAlgorithmPolicy,
  families: [...defaultAlgorithmPolicy.families, 'dsa'],
  hashes: [...defaultAlgorithmPolicy.hashes, 'SHA-1'],
  dsaMinimumBits: 1024,
};

/** SHA-1 and SHA-256 by Node's crypto. */
export const nodeHash: HashFunction = (hash, data) =>
  createHash(hash === 'SHA-1' ? 'sha1' : 'sha256')
    .update(data)
    .digest();

/** The material of a case: undefined target where the parser already refuses it. */
export interface PkitsMaterial {
  readonly target: Certificate | undefined;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  readonly crls: readonly AvailableCrl[];
}

/** Reads a case's files. An intermediate or CRL that cannot be read is as good as absent. */
export function readPkitsCase(test: PkitsCase): PkitsMaterial {
  return {
    target: readOrNothing(test.target, parseCertificate)[0],
    intermediates: test.intermediates.flatMap((name) => readOrNothing(name, parseCertificate)),
    anchors: test.anchors.map(anchorOf),
    crls: test.crls.flatMap((name) =>
      readOrNothing(name, parseCrl).map((crl) => ({ crl, origin: name })),
    ),
  };
}

const anchors = new Map<string, Certificate>();

/** Anchors are read once, as a server does with the CAs that were uploaded to it. */
function anchorOf(name: string): Certificate {
  const anchor = anchors.get(name) ?? parseCertificate(pkitsFile(name));
  anchors.set(name, anchor);
  return anchor;
}

function readOrNothing<T>(name: string, parse: (der: Uint8Array) => T): T[] {
  try {
    return [parse(pkitsFile(name))];
  } catch (error) {
    if (error instanceof PkiError) return [];
    throw error;
  }
}

/** Revocation inputs that hand out given CRLs for every certificate. */
export function revocationFromCrls(
  crls: readonly AvailableCrl[],
  crlIssuers: readonly Certificate[],
): RevocationInputs {
  return {
    source: { crlsFor: () => crls, ocspResponsesFor: () => [] },
    settings: { ...defaultRevocationSettings, methods: ['crl'] },
    crlIssuers,
    hash: nodeHash,
  };
}

/** @returns what the validator says of a case, or undefined where its target cannot be read */
export function runPkitsCase(
  test: PkitsCase,
  { target, intermediates, anchors, crls }: PkitsMaterial,
  checker: SignatureChecker,
): Promise<PathResult> | undefined {
  if (target === undefined) return undefined;
  return findCertificationPath({
    target,
    intermediates,
    anchors: anchors.map((anchor) => trustAnchorFromCertificate(anchor)),
    time: pkitsTime,
    checker,
    algorithmPolicy: pkitsAlgorithmPolicy,
    policyInputs: {
      initialPolicySet: test.policy.initialPolicySet,
      initialExplicitPolicy: test.policy.initialExplicitPolicy,
      initialPolicyMappingInhibit: test.policy.initialPolicyMappingInhibit,
      initialAnyPolicyInhibit: test.policy.initialInhibitAnyPolicy,
    },
    revocation: revocationFromCrls(crls, intermediates),
  });
}
