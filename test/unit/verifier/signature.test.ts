import { constants, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { utf8, type SignatureAlgorithm } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { parseDeviceProof } from '../../../src/protocol/index.ts';
import {
  createMemoryLedger,
  issueChallenge,
  verifyDeviceProof,
} from '../../../src/verifier/index.ts';
import { checkProofSignature } from '../../../src/verifier/signature.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { keyPair, TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { compact, validProofClaims, validProofHeader } from '../protocol/fixtures.ts';

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

describe('the signature of a proof', () => {
  it('is as long as the key’s modulus: PS256 without its leading zero counts for nothing', () => {
    const { der, privateKey } = ca.issue({ keyType: 'rsa2048' });
    if (privateKey === undefined) throw new Error('the private key is elsewhere');
    const leaf = parseCertificate(der);
    const signingInput = utf8('header.payload');
    const make = (): Buffer =>
      sign('sha256', signingInput, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      });
    const read = parseDeviceProof(compact(validProofHeader, validProofClaims));
    let signature = make();
    while (signature[0] !== 0) signature = make();
    const codeFor = (bytes: Buffer) => {
      const jws = { ...read.jws, signingInput, signature: bytes };
      const header = { ...read.header, algorithm: 'PS256' as const };
      return codeOf(() => {
        checkProofSignature({ ...read, header, jws }, leaf);
      });
    };
    expect(codeFor(signature)).toBeUndefined();
    expect(codeFor(signature.subarray(1))).toBe('proof_signature_invalid');
  });
});
