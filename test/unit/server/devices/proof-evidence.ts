/** Evidence of good proofs, as the verifier hands it on. */
import { createHash } from 'node:crypto';
import { parseCertificate } from '../../../../src/pki/index.ts';
import type { DeviceProof } from '../../../../src/protocol/index.ts';
import type { ProofEvidence } from '../../../../src/verifier/index.ts';
import type { TestCertificate } from '../../../testkit/test-ca.ts';

/** What a machine says of itself. */
export interface Machine {
  readonly instance: string;
  readonly hostname: string;
  readonly serial?: string | undefined;
  readonly agentVersion?: string;
}

/** A name of an agent installation that tells them apart. */
export function instance(number: number): string {
  return `urn:uuid:00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** A good proof of a machine with a certificate. */
export function evidenceOf(
  { der }: TestCertificate,
  { instance: agentInstance, hostname, serial, agentVersion = '1.0.0' }: Machine,
): ProofEvidence {
  const proof: DeviceProof = {
    agentInstance,
    audience: '',
    nonce: '',
    id: '',
    issuedAt: 0,
    expiresAt: 60,
    transaction: 't',
    challengeHash: '',
    origin: '',
    device: { platform: 'linux', osVersion: '13', hostname, serial },
    key: { store: 'file', protection: 'software' },
    agentVersion,
  };
  return {
    certificate: parseCertificate(der),
    certificateSha256: createHash('sha256').update(der).digest('hex'),
    authority: 'a'.repeat(64),
    proof,
  };
}
