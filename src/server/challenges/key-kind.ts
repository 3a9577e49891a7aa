/** What kinds of signing keys there are. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { keyLagTime, keyLeadTime } from './key-rotation.ts';

/** How the keys of one purpose are made, published and replaced. */
export interface SigningKeyKind {
  /** JWS algorithm (RFC 7518 section 3.1). */
  readonly algorithm: 'ES256' | 'RS256';
  /** From publishing a key to signing with it, in seconds. */
  readonly leadTime: number;
  /** From a key's last signature to the end of its publication, in seconds. */
  readonly lagTime: number;
  /** Members of its JWK that are published; kid, use and alg come beside them. */
  readonly publicMembers: readonly (keyof JWK)[];
  /**
   * Makes a private key.
   *
   * @param createdAt - the present moment
   */
  generate(createdAt: Date): Promise<JWK>;
}

/** Algorithm of the keys that challenges are signed with (RFC 7518 section 3.4). */
export const signingAlgorithm = 'ES256';

/** The keys that challenges are signed with; RFC 7518 section 6.2.1 lists their public members. */
export const challengeKeys: SigningKeyKind = {
  algorithm: signingAlgorithm,
  leadTime: keyLeadTime,
  lagTime: keyLagTime,
  publicMembers: ['kty', 'crv', 'x', 'y'],
  async generate() {
    const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    return privateKey.export({ format: 'jwk' });
  },
};
