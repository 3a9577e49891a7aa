import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { signatureAlgorithms } from '../../src/core/index.ts';
import { challengeClaims, encodeCompactJws } from '../../src/protocol/index.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/**
 * Makes a challenge as a server would, signed with a key of this process.
 *
 * @param issuer - the server's issuer URL, whose pages may deliver it
 * @param now - when it is issued
 * @returns the compact JWS
 */
export function makeChallenge(issuer: string, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = challengeClaims({
    issuer,
    transaction: randomBytes(16).toString('base64url'),
    nonce: randomBytes(32).toString('base64url'),
    issuedAt,
    expiresAt: issuedAt + 120,
    origins: [issuer],
    responseUri: `${issuer}/v1/proofs`,
    authorityKeyIdentifiers: [],
    issuerNames: [Buffer.from('3000', 'hex')],
    algorithms: signatureAlgorithms,
  });
  const header = { typ: 'device-challenge+jwt', alg: 'ES256', kid: 'test' };
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const signingInput = `${encode(header)}.${encode(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return encodeCompactJws(signingInput, sign('sha256', Buffer.from(signingInput), key));
}
