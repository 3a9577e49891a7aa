/** A device with a key and a certificate, which answers challenges: rightly, or wrongly on purpose. */
import { createHash, randomUUID, sign } from 'node:crypto';
import type { JsonObject } from '../../src/core/index.ts';
import {
  encodeCompactJws,
  encodeDecline,
  parseChallenge,
  proofSigningInput,
  type DeclineCode,
  type DeviceProof,
  type DeviceProofHeader,
} from '../../src/protocol/index.ts';
import type { TestCa, TestCertificate } from './test-ca.ts';

/** What a proof says otherwise than it should. */
export interface ProofChanges {
  readonly claims?: Partial<DeviceProof>;
  readonly header?: Partial<DeviceProofHeader>;
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** A device whose key is at hand: P-256, or RSA. */
export class TestDevice {
  readonly #leaf: TestCertificate;
  readonly #chain: readonly Uint8Array[];
  readonly #agentInstance = `urn:uuid:${randomUUID()}`;

  /** @param issuer - whose chain the device offers besides its own certificate */
  constructor(leaf: TestCertificate, issuer?: TestCa) {
    this.#leaf = leaf;
    this.#chain = issuer?.chain.map(({ der }) => der) ?? [];
  }

  /**
   * Answers a challenge.
   *
   * @param challengeRequest - the compact JWS
   * @param now - when the proof is made
   * @returns the proof, a compact JWS
   */
  prove(challengeRequest: string, now: Date, { claims, header }: ProofChanges = {}): string {
    const { challenge } = parseChallenge(challengeRequest);
    const signingInput = proofSigningInput(
      {
        algorithm: this.#leaf.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256',
        certificates: [this.#leaf.der, ...this.#chain],
        leafThumbprint: createHash('sha256').update(this.#leaf.der).digest('base64url'),
        ...header,
      },
      {
        agentInstance: this.#agentInstance,
        audience: challenge.responseUri,
        nonce: challenge.nonce,
        id: randomUUID(),
        transaction: challenge.transaction,
        challengeHash: createHash('sha256').update(challengeRequest).digest('base64url'),
        origin: challenge.origins[0] ?? '',
        issuedAt: seconds(now),
        expiresAt: seconds(now) + 60,
        device: { platform: 'linux', osVersion: 'Debian 13', hostname: 'laptop-7' },
        key: { store: 'file', protection: 'software' },
        agentVersion: '0.0.0-test',
        ...claims,
      },
    );
    return encodeCompactJws(signingInput, this.#sign(signingInput));
  }

  #sign(signingInput: string): Buffer {
    const { privateKey } = this.#leaf;
    if (privateKey === undefined) throw new Error('the private key is elsewhere');
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return sign('sha256', Buffer.from(signingInput), key);
  }
}

/** The decline that answers a challenge. */
export function declineOf(challengeRequest: string, code: DeclineCode): JsonObject {
  const { transaction, nonce } = parseChallenge(challengeRequest).challenge;
  return encodeDecline({ transaction, nonce, code, agentVersion: '0.0.0-test' });
}
