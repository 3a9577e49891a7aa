/** Holds agent and server to the published vectors: what they must take, and what they must refuse and how. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerChallenge, type Answerer } from '../../../src/agent/answer-challenge.ts';
import { AnsweredChallenges } from '../../../src/agent/challenge/answered-challenges.ts';
import { ServerKeys } from '../../../src/agent/challenge/server-keys.ts';
import { IdentitySource } from '../../../src/agent/identity-source.ts';
import {
  decodeBase64,
  silentLogger,
  systemRandom,
  type JsonObject,
} from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { verifyDeviceProof } from '../../../src/verifier/index.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';

interface Vectors {
  readonly now: number;
  readonly issuer: string;
  readonly origin: string;
  readonly jwks: { readonly keys: readonly JsonObject[] };
  readonly challenges: readonly {
    readonly name: string;
    readonly challengeRequest: string;
    readonly origin?: string;
    readonly expect: string;
  }[];
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

/** An agent of the vectors' server that has no certificate: it declines what it accepts. */
function makeAnswerer(submit: Answerer['serverClient']['submit']): Answerer {
  const clock = { now: () => now };
  const logger = silentLogger;
  return {
    servers: [
      {
        issuer: vectors.issuer,
        origins: [vectors.origin],
        keys: { kind: 'pinned', keys: vectors.jwks.keys },
        caFile: undefined,
      },
    ],
    serverKeys: new ServerKeys({ fetch: () => Promise.reject(new Error('pinned')), clock, logger }),
    answered: new AnsweredChallenges(),
    serverClient: { submit },
    identities: new IdentitySource({
      stores: [],
      open: () => {
        throw new Error('There is no store.');
      },
      clock,
      logger,
    }),
    device: { platform: 'linux', osVersion: '6.1', hostname: 'desk-17' },
    agentInstance: 'urn:uuid:6f1d3c52-8a4e-4b0f-9c1d-2e3f4a5b6c7d',
    agentVersion: '0.1.0',
    clock,
    random: systemRandom,
    logger,
  };
}

describe('challenges', () => {
  it.each(vectors.challenges.map((vector) => [vector.name, vector] as const))(
    '%s',
    async (_name, { challengeRequest, origin = vectors.origin, expect: expected }) => {
      let submitted = 0;
      const answerer = makeAnswerer(() => {
        submitted++;
        const answer = { transaction: 't', managed: false, code: 'c', message: 'm' };
        return Promise.resolve({ ok: true, answer });
      });
      const answer = answerChallenge({ challengeRequest, origin }, answerer, {});
      expect((await codeOfRejection(answer)) ?? 'accepted').toBe(expected);
      expect(submitted).toBe(expected === 'accepted' ? 1 : 0);
    },
  );
});

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
