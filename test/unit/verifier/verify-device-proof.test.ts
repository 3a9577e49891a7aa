import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import {
  examineDeviceProof,
  verifyDeviceProof,
  type ChallengeLedger,
  type TrustedAuthority,
} from '../../../src/verifier/index.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { revocation } from '../../testkit/pki-revocation.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../conformance/protocol/vectors.json', import.meta.url), 'utf8'),
) as {
  readonly now: number;
  readonly authorities: readonly string[];
  readonly challenge: string;
  readonly proofs: readonly { readonly name: string; readonly proof: string }[];
};

const authorities = vectors.authorities.map((base64) => ({
  id: 'issuing',
  certificate: parseCertificate(decodeBase64(base64) ?? new Uint8Array()),
}));

function proofNamed(name: string): string {
  const vector = vectors.proofs.find((candidate) => candidate.name === name);
  if (vector === undefined) throw new Error(`There is no vector "${name}".`);
  return vector.proof;
}

const willing: ChallengeLedger = { take: () => Promise.resolve(vectors.challenge) };

function verify(proof: string, challenges: ChallengeLedger = willing) {
  return verifyDeviceProof({ proof, challenges, authorities, now: new Date(vectors.now * 1000) });
}

describe('verifyDeviceProof', () => {
  it('lists every check of a managed verdict in the protocol’s order', async () => {
    const result = await verify(proofNamed('valid ES256'));
    expect(result.checks.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
      'format passed',
      'transaction passed',
      'binding passed',
      'algorithm passed',
      'signature passed',
      'path passed',
      'purpose passed',
      'revocation skipped',
      'origin passed',
    ]);
    expect(result).toMatchObject({
      managed: true,
      code: 'device_managed',
      transaction: 'transaction-1',
      decidedAt: '2027-01-15T08:00:30.000Z',
      device: { platform: 'linux', hostname: 'desk-17', key: { protection: 'hardware' } },
    });
    expect(result.path?.map(({ subject }) => subject)).toEqual([
      'CN=device ES256,O=Example',
      'CN=Issuing CA,O=Example',
    ]);
  });

  it.each([
    ['nonce of another challenge', 'binding'],
    ['RS256 claimed over an EC key', 'algorithm'],
    ['signature changed', 'signature'],
    ['certificate of another CA', 'path'],
    ['server certificate', 'purpose'],
    ['certificate of a sub-CA', 'purpose'],
    ['origin that the challenge does not name', 'origin'],
  ])('stops at the first check that fails: %s', async (name, check) => {
    const { managed, checks } = await verify(proofNamed(name));
    expect(managed).toBe(false);
    expect(checks.at(-1)).toMatchObject({ check, outcome: 'failed' });
    expect(checks.slice(0, -1).every(({ outcome }) => outcome !== 'failed')).toBe(true);
  });

  it('says nothing of the device before the signature is good', async () => {
    const { device, path } = await verify(proofNamed('signature changed'));
    expect({ device, path }).toEqual({ device: undefined, path: undefined });
  });

  it('shows the refused paths with certificate and rule', async () => {
    const { refusedPaths } = await verify(proofNamed('certificate expired'));
    expect(refusedPaths).toMatchObject([
      {
        code: 'certificate_expired',
        rule: 'RFC 5280 section 6.1.3 (a)(2)',
        at: 0,
        certificates: [{ subject: 'CN=expired,O=Example' }, { subject: 'CN=Issuing CA,O=Example' }],
      },
    ]);
  });

  describe('on the platform that the device names', () => {
    const [authority] = authorities;
    if (authority === undefined) throw new Error('the vectors have no authority');
    const proof = proofNamed('valid ES256');
    const verifyWith = (trusted: readonly TrustedAuthority[]) =>
      verifyDeviceProof({
        proof,
        challenges: willing,
        authorities: trusted,
        now: new Date(vectors.now * 1000),
      });

    it('takes the authorities that count there', async () => {
      const { managed } = await verifyWith([
        { ...authority, id: 'elsewhere', platforms: ['macos'] },
        { ...authority, platforms: ['windows', 'linux'] },
      ]);
      expect(managed).toBe(true);
    });

    it('refuses where none counts', async () => {
      const { managed, code, checks } = await verifyWith([{ ...authority, platforms: ['macos'] }]);
      expect([managed, code]).toEqual([false, 'platform_not_enabled']);
      expect(checks.at(-1)).toMatchObject({ check: 'path', outcome: 'failed' });
    });

    it('refuses a path to one that counts elsewhere alone', async () => {
      const stranger = parseCertificate(TestCa.root().certificate.der);
      const { managed, code } = await verifyWith([
        { ...authority, platforms: ['macos'] },
        { id: 'stranger', certificate: stranger, platforms: ['linux'] },
      ]);
      expect([managed, code]).toEqual([false, 'authority_not_for_platform']);
    });

    it('tells a path to no authority at all as what it is', async () => {
      const stranger = parseCertificate(TestCa.root().certificate.der);
      const { code } = await verifyWith([
        { id: 'a', certificate: stranger, platforms: ['macos'] },
        { id: 'b', certificate: stranger, platforms: ['linux'] },
      ]);
      expect(code).toBe('no_issuer_found');
    });
  });

  it('hands on what stands behind a managed verdict, and nothing behind another', async () => {
    const examine = (name: string) =>
      examineDeviceProof({
        proof: proofNamed(name),
        challenges: willing,
        authorities,
        now: new Date(vectors.now * 1000),
      });
    const { result, evidence } = await examine('valid ES256');
    expect(evidence).toMatchObject({
      authority: 'issuing',
      certificateSha256: result.path?.[0]?.sha256,
      proof: { device: { hostname: 'desk-17' } },
    });
    expect(evidence?.certificate.subject.der).toBeDefined();
    expect((await examine('signature changed')).evidence).toBeUndefined();
    expect((await examine('certificate expired')).evidence).toBeUndefined();
  });

  it('does not touch the transaction of a proof it cannot read', async () => {
    let taken = 0;
    const counting: ChallengeLedger = {
      take: () => {
        taken++;
        return Promise.resolve(vectors.challenge);
      },
    };
    expect(await codeOfRejection(verify(proofNamed('alg none'), counting))).toBe(
      'jws_algorithm_refused',
    );
    expect(taken).toBe(0);
  });

  it('asks the ledger for this transaction and nonce, and lets its refusal through', async () => {
    const asked: unknown[] = [];
    const refusing: ChallengeLedger = {
      take: (...question) => {
        asked.push(question);
        return Promise.reject(new Error('over'));
      },
    };
    await expect(verify(proofNamed('valid ES256'), refusing)).rejects.toThrow('over');
    expect(asked).toEqual([
      ['transaction-1', Buffer.alloc(32, 7).toString('base64url'), new Date(vectors.now * 1000)],
    ]);
  });

  it('asks for the revocation status where it is told how', async () => {
    const { code, checks } = await verifyDeviceProof({
      proof: proofNamed('valid ES256'),
      challenges: willing,
      authorities,
      now: new Date(vectors.now * 1000),
      revocation: revocation({}),
    });
    expect(code).toBe('revocation_status_unknown');
    expect(checks.at(-1)).toMatchObject({ check: 'revocation', outcome: 'failed' });
  });

  it('does not hide a fault of its own behind a verdict', async () => {
    const broken = verifyDeviceProof({
      proof: proofNamed('valid ES256'),
      challenges: willing,
      authorities,
      now: new Date(vectors.now * 1000),
      checker: {
        verify: () => {
          throw new RangeError('out of memory');
        },
      },
    });
    await expect(broken).rejects.toThrow(RangeError);
  });
});
