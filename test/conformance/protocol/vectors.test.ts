/** Holds agent and server to the published vectors: what they must take, and what they must refuse and how. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { verifyDeviceProof } from '../../../src/verifier/index.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';

interface Vectors {
  readonly now: number;
  readonly authorities: readonly string[];
  readonly root: string;
  readonly challenge: string;
  readonly proofs: readonly {
    readonly name: string;
    readonly proof: string;
    readonly expect: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
) as Vectors;
const now = new Date(vectors.now * 1000);

function readCertificate(base64: string) {
  return parseCertificate(decodeBase64(base64) ?? new Uint8Array());
}

function verify(proof: string, authorities = vectors.authorities) {
  return verifyDeviceProof({
    proof,
    challenges: { take: () => Promise.resolve(vectors.challenge) },
    authorities: authorities.map((base64, index) => ({
      id: String(index),
      certificate: readCertificate(base64),
    })),
    now,
  });
}

async function codeOfVerdict(proof: string, authorities?: readonly string[]): Promise<unknown> {
  let code: unknown;
  const refusal = await codeOfRejection(
    verify(proof, authorities).then((result) => {
      expect(result.managed).toBe(result.code === 'device_managed');
      code = result.code;
    }),
  );
  return refusal ?? code;
}

describe('device proofs', () => {
  it.each(vectors.proofs.map((vector) => [vector.name, vector] as const))(
    '%s',
    async (_name, vector) => {
      expect(await codeOfVerdict(vector.proof)).toBe(vector.expect);
    },
  );

  const withChain = vectors.proofs.find(({ name }) => name.includes('issuing CA in x5c'));
  const withoutChain = vectors.proofs.find(({ name }) => name === 'valid ES256');

  it('are taken under an uploaded root where x5c bridges the way, and only then', async () => {
    expect(await codeOfVerdict(withChain?.proof ?? '', [vectors.root])).toBe('device_managed');
    expect(await codeOfVerdict(withoutChain?.proof ?? '', [vectors.root])).toBe('no_issuer_found');
  });

  it('are refused where no authority is trusted', async () => {
    expect(await codeOfVerdict(withoutChain?.proof ?? '', [])).toBe('no_issuer_found');
  });
});
