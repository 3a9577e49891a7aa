import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import {
  createMemoryLedger,
  issueChallenge,
  verifyDeviceProof,
} from '../../../src/verifier/index.ts';
import { keyPair, TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';

const ca = TestCa.root();
const authorities = [{ id: 'root', certificate: parseCertificate(ca.certificate.der) }];
const key = { id: 'key-1', privateKey: keyPair('p256').privateKey };
const now = new Date();

/** The verdict on a device's proof of a challenge that offers these algorithms. */
async function verdictOn(device: TestDevice, algorithms: readonly SignatureAlgorithm[]) {
  const ledger = createMemoryLedger(1);
  const { challengeRequest } = ledger.add(
    issueChallenge({
      issuer: 'https://auth.example.com',
      origin: 'https://login.example.com',
      authorities,
      algorithms,
      key,
      now,
    }),
  );
  const proof = device.prove(challengeRequest, now);
  const { code, checks } = await verifyDeviceProof({ proof, challenges: ledger, authorities, now });
  return { code, check: checks.at(-1) };
}

describe('the algorithm of a proof', () => {
  it.each([
    ['ES256', 'p256', ['PS256', 'ES256']],
    ['RS256', 'rsa2048', ['RS256']],
  ] as const)('may be one that the challenge offered: %s', async (_, keyType, algorithms) => {
    const device = new TestDevice(ca.issue({ keyType }));
    expect((await verdictOn(device, algorithms)).code).toBe('device_managed');
  });

  it.each([
    ['ES256', 'p256', ['ES384', 'PS256', 'EdDSA']],
    ['RS256', 'rsa2048', ['PS256', 'ES256']],
  ] as const)('is none that it did not offer: %s', async (_, keyType, algorithms) => {
    const device = new TestDevice(ca.issue({ keyType }));
    const { code, check } = await verdictOn(device, algorithms);
    expect(code).toBe('proof_algorithm_not_offered');
    expect(check).toMatchObject({ check: 'algorithm', outcome: 'failed' });
  });
});
