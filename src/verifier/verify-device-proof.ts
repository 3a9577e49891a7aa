/**
 * Verifies a device proof. The numbered steps are the checks of docs/protocol.md, "Server", in their
 * order; the first that fails decides, and the cheap ones come first.
 */
import { isCountersignError } from '../core/index.ts';
import type { CertificationPath, PathResult } from '../pki/index.ts';
import {
  managedCode,
  parseDeviceProof,
  type DeviceProof,
  type UnverifiedDeviceProof,
  type VerificationResult,
  type VerifiedDeviceClaims,
} from '../protocol/index.ts';
import { checkBinding } from './binding.ts';
import {
  checkOfRule,
  describeRevocation,
  findPath,
  summarizeAttempt,
  summarizePath,
} from './certification-path.ts';
import { VerificationError } from './errors.ts';
import type { ProofEvidence } from './proof-evidence.ts';
import { checkEndEntity } from './purpose.ts';
import {
  checkAlgorithm,
  checkProofSignature,
  readProofCertificates,
  type ProofCertificates,
} from './signature.ts';
import { VerificationRecord } from './verification-record.ts';
import type { TrustedAuthority } from './trusted-authority.ts';
import type { VerificationRequest } from './verification-request.ts';

/**
 * Verifies a device proof and says why.
 *
 * A proof that cannot be read, or whose transaction does not wait for one, has no verdict: it touches
 * no transaction, and the error is thrown. Everything after that ends in a verdict.
 *
 * @param request - the proof, and all that it is held against
 * @returns the verdict
 * @throws ProtocolError where the proof has the wrong form; whatever `request.challenges` throws
 */
export async function verifyDeviceProof(request: VerificationRequest): Promise<VerificationResult> {
  return (await examineDeviceProof(request)).result;
}

/** A verdict and what stands behind it. */
export interface Examination {
  readonly result: VerificationResult;
  /** There where the verdict is "managed". */
  readonly evidence?: ProofEvidence;
}

/**
 * {@link verifyDeviceProof} for who goes on from the verdict: to an inventory of devices, say.
 *
 * @throws as {@link verifyDeviceProof}
 */
export async function examineDeviceProof(request: VerificationRequest): Promise<Examination> {
  // 1. Format.
  const unverified = parseDeviceProof(request.proof);
  const { proof } = unverified;

  // 2. Transaction: its nonce is used up here, before anything expensive.
  const challenge = await request.challenges.take(proof.transaction, proof.nonce, request.now);

  const record = new VerificationRecord();
  record.note('format', 'passed', 'The proof is well-formed.');
  record.note('transaction', 'passed', 'The transaction was waiting for a proof.');
  const { evidence, ...outcome } = await decide(unverified, challenge, request, record);
  const result = {
    ...outcome,
    transaction: proof.transaction,
    decidedAt: request.now.toISOString(),
    checks: record.checks,
    ...record.findings,
  };
  return evidence === undefined ? { result } : { result, evidence };
}

type Outcome = Pick<VerificationResult, 'managed' | 'code' | 'message'> & {
  readonly evidence?: ProofEvidence;
};

async function decide(
  unverified: UnverifiedDeviceProof,
  challengeJws: string,
  request: VerificationRequest,
  record: VerificationRecord,
): Promise<Outcome> {
  try {
    const { certificates, origins } = checkProof(unverified, challengeJws, request, record);
    record.find({ device: describeDevice(unverified.proof) });
    return await decideByPath(certificates, origins, unverified.proof, request, record);
  } catch (error) {
    if (!isCountersignError(error)) throw error;
    return { managed: false, code: error.code, message: error.message };
  }
}

/** Steps 3 to 5: that this proof answers this challenge, under the key in its certificate. */
function checkProof(
  unverified: UnverifiedDeviceProof,
  challengeJws: string,
  request: VerificationRequest,
  record: VerificationRecord,
): { readonly certificates: ProofCertificates; readonly origins: readonly string[] } {
  // 3. Binding.
  const challenge = record.make('binding', 'The proof answers this challenge, in time.', () =>
    checkBinding(unverified.proof, challengeJws, request.now),
  );
  // 4. Algorithm.
  const { algorithm } = unverified.header;
  const certificates = record.make(
    'algorithm',
    `${algorithm} was offered and fits the certificate’s key.`,
    () => {
      const read = readProofCertificates(unverified, request.certificates);
      checkAlgorithm(algorithm, read.leaf, challenge);
      return read;
    },
  );
  // 5. Signature.
  record.make('signature', 'The proof was signed with the certificate’s key.', () => {
    checkProofSignature(unverified, certificates.leaf);
  });
  return { certificates, origins: challenge.origins };
}

/** Steps 6 to 9: that the certificate is one of a managed device, and the page one that may ask. */
async function decideByPath(
  certificates: ProofCertificates,
  origins: readonly string[],
  proof: DeviceProof,
  request: VerificationRequest,
  record: VerificationRecord,
): Promise<Outcome> {
  // 6. Path, with 7. purpose and 8. revocation: where one path fails there, another may not.
  const result = await record.makeAsync('path', () =>
    findCountingPath(certificates, proof, request),
  );
  if (!result.ok) {
    record.note(checkOfRule(result.code), 'failed', result.failure.message);
    record.find({ refusedPaths: result.attempts.map(summarizeAttempt) });
    return { managed: false, code: result.code, message: result.failure.message };
  }
  const path = summarizePath(result.path);
  record.find({ path });
  const anchor = path.at(-1)?.subject ?? '';
  record.note('path', 'passed', `A certification path leads to the trusted CA ${anchor}.`);
  record.make('purpose', 'The certificate is an end entity’s, for client authentication.', () => {
    checkEndEntity(certificates.leaf);
  });
  noteRevocation(result.path, record);
  // 9. Origin.
  record.make('origin', `The page at ${proof.origin} may ask.`, () => {
    if (!origins.includes(proof.origin)) throw new VerificationError('proof_origin_mismatch');
  });
  return {
    managed: true,
    code: managedCode,
    message: `The device is managed: its certificate was issued under the trusted CA ${anchor}.`,
    evidence: {
      certificate: certificates.leaf,
      certificateSha256: path[0]?.sha256 ?? '',
      authority: authorityOf(result.path, request),
      proof,
    },
  };
}

function authorityOf({ anchor }: CertificationPath, { authorities }: VerificationRequest): string {
  return authorities.find(({ certificate }) => certificate === anchor.certificate)?.id ?? '';
}

/**
 * A path to one of the authorities that count on the device's platform.
 *
 * @throws VerificationError `platform_not_enabled`; `authority_not_for_platform` where a path leads
 *   to another of the authorities
 */
async function findCountingPath(
  certificates: ProofCertificates,
  { device: { platform } }: DeviceProof,
  request: VerificationRequest,
): Promise<PathResult> {
  const counts = ({ platforms }: TrustedAuthority): boolean =>
    platforms === undefined || platforms.includes(platform);
  const counting = request.authorities.filter(counts);
  if (counting.length === 0 && request.authorities.length > 0) {
    throw new VerificationError('platform_not_enabled');
  }
  const result = await findPath(certificates, { ...request, authorities: counting });
  if (result.ok || counting.length === request.authorities.length) return result;
  const others = request.authorities.filter((authority) => !counts(authority));
  const elsewhere = await findPath(certificates, { ...request, authorities: others });
  if (elsewhere.ok) throw new VerificationError('authority_not_for_platform');
  return result;
}

const revocationSkipped =
  'Revocation was not checked: it is off for this CA, or the certificates name no CRL and no OCSP responder.';

function noteRevocation(path: CertificationPath, record: VerificationRecord): void {
  if (path.revocation.every(({ status }) => status === 'not_checked')) {
    record.note('revocation', 'skipped', revocationSkipped);
  } else {
    record.note('revocation', 'passed', describeRevocation(path));
  }
}

function describeDevice({ device, key, agentVersion }: DeviceProof): VerifiedDeviceClaims {
  return {
    platform: device.platform,
    osVersion: device.osVersion,
    hostname: device.hostname,
    ...(device.serial === undefined ? {} : { serial: device.serial }),
    agentVersion,
    key: {
      store: key.store,
      protection: key.protection,
      ...(key.exportable === undefined ? {} : { exportable: key.exportable }),
    },
  };
}
