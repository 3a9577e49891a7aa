/** Tries, without a server, what the agent would do and what the server would say to it. */
import type { Sweep } from '../../agent/identity-source.ts';
import { selectIdentity, type RejectedCertificate } from '../../agent/select-identity.ts';
import { keyProblemCodes } from '../../agent/decline-code.ts';
import { signatureAlgorithms, utf8 } from '../../core/index.ts';
import { KeystoreError, type Identity, type StoredCertificate } from '../../keystore/index.ts';
import {
  findCertificationPath,
  parseCertificate,
  PkiError,
  trustAnchorFromCertificate,
  type Certificate,
} from '../../pki/index.ts';
import type { CertificateSummary, RefusedPath } from '../../protocol/index.ts';
import { summarizeAttempt, summarizePath } from '../../verifier/certification-path.ts';
import { nodeSignatureChecker } from '../../verifier/index.ts';
import { deviceKeyUsages, devicePurposes } from '../../verifier/purpose.ts';
import { describeStored, type ListedCertificate } from './certificate-listing.ts';

/** A certificate of the device, and what would come of it. */
export interface CheckedCertificate extends ListedCertificate {
  /** Whether it proves the device as managed. */
  readonly passes: boolean;
  /** Whether it is the one that the agent would answer with. */
  readonly used: boolean;
  readonly code: string;
  readonly message: string;
  /** The path that the server would accept: this certificate first, the authority last. */
  readonly path?: readonly CertificateSummary[];
  /** The paths that it would refuse, where it would accept none. */
  readonly refusedPaths?: readonly RefusedPath[];
}

type Finding = Pick<CheckedCertificate, 'passes' | 'code' | 'message' | 'path' | 'refusedPaths'>;

/** Signed to see whether a key can sign; it is no challenge, and nothing is sent anywhere. */
const trialText = 'countersign certs check: a trial signature, which proves nothing to anybody';

/**
 * Checks every certificate of the stores.
 *
 * @param sweep - what the stores hold
 * @param authorities - the certificates that a server would accept as authorities
 * @param now - the present moment
 */
export async function checkDevice(
  sweep: Sweep,
  authorities: readonly Certificate[],
  now: Date,
): Promise<readonly CheckedCertificate[]> {
  const { chosen, rejected } = selectIdentity(
    sweep.certificates,
    {
      authorityKeyIdentifiers: authorities.flatMap((ca) => ca.subjectKeyIdentifier ?? []),
      issuerNames: authorities.map((ca) => ca.subject.der),
      algorithms: signatureAlgorithms,
    },
    now,
  );
  const checked: CheckedCertificate[] = [];
  for (const stored of sweep.certificates) {
    const used = stored === chosen?.identity;
    const rejection = rejected.find(({ certificate }) => certificate === stored);
    const finding = await find(stored, rejection, authorities, now);
    checked.push({ ...describeStored(stored), ...finding, used });
  }
  return checked;
}

async function find(
  stored: StoredCertificate,
  rejection: RejectedCertificate | undefined,
  authorities: readonly Certificate[],
  now: Date,
): Promise<Finding> {
  if (rejection !== undefined && rejection.code !== 'identity_not_preferred') {
    return { passes: false, code: rejection.code, message: rejection.message };
  }
  const path = await findPath(stored, authorities, now);
  if (!path.passes || stored.key === undefined) return path;
  const failure = await trySigning(stored);
  if (failure !== undefined) return { ...failure, passes: false };
  return rejection === undefined
    ? path
    : { ...path, code: rejection.code, message: rejection.message };
}

async function findPath(
  { certificate, chain }: StoredCertificate,
  authorities: readonly Certificate[],
  now: Date,
): Promise<Finding> {
  const result = await findCertificationPath({
    target: certificate,
    intermediates: chain.flatMap(readable),
    anchors: authorities.map((authority) => trustAnchorFromCertificate(authority)),
    time: now,
    checker: nodeSignatureChecker,
    requiredPurposes: devicePurposes,
    requiredKeyUsages: deviceKeyUsages,
  });
  if (result.ok) {
    const message = 'The agent would answer with it, and the server would accept it.';
    return { passes: true, code: 'device_managed', message, path: summarizePath(result.path) };
  }
  const { code, failure, attempts } = result;
  const refusedPaths = attempts.map(summarizeAttempt);
  return { passes: false, code, message: failure.message, refusedPaths };
}

async function trySigning({
  signer,
}: Identity): Promise<Pick<Finding, 'code' | 'message'> | undefined> {
  const [algorithm] = signer.algorithms;
  if (algorithm === undefined) return undefined;
  try {
    await signer.sign(algorithm, utf8(trialText));
    return undefined;
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    return { code: keyProblemCodes[error.code], message: error.message };
  }
}

function readable(der: Uint8Array): readonly Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof PkiError) return [];
    throw error;
  }
}
