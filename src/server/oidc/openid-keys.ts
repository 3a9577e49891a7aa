/** The keys that ID tokens are signed with: RS256, which every client takes, with a certificate. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { encodeBase64, type RandomSource } from '../../core/index.ts';
import type { SigningKeyKind } from '../challenges/index.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const modulusLength = 2048;
const serialNumberBytes = 16;
const hour = 3600;
const day = 24 * hour;

/** Microsoft Entra caches keys for a day, and asks for two between publishing and signing. */
const leadTime = 2 * day;

/** An ID token lives for minutes; clients' clocks may be wrong by more. */
const lagTime = day;

const certificateLifetime = 3650 * day;

/**
 * The kind of key.
 *
 * @param random - gives the certificates' serial numbers
 */
export function openidKeys(random: RandomSource): SigningKeyKind {
  return {
    algorithm: 'RS256',
    leadTime,
    lagTime,
    publicMembers: ['kty', 'n', 'e', 'x5c'],
    async generate(createdAt) {
      const keys = await promisify(generateKeyPair)('rsa', { modulusLength });
      const certificate = makeSelfSignedCertificate(keys, {
        commonName: 'Countersign ID tokens',
        serialNumber: random.bytes(serialNumberBytes),
        // Clients' clocks may be behind.
        notBefore: new Date(createdAt.getTime() - hour * 1000),
        notAfter: new Date(createdAt.getTime() + certificateLifetime * 1000),
      });
      const jwk = keys.privateKey.export({ format: 'jwk' }) as JWK;
      return { ...jwk, x5c: [encodeBase64(certificate)] };
    },
  };
}
