/** Secrets of applications: 256 random bits with the application, their SHA-256 in the storage. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeBase64Url, type RandomSource } from '../../core/index.ts';

const secretBytes = 32;

/** Makes a secret: base64url of 256 random bits. */
export function makeSecret(random: RandomSource): string {
  return encodeBase64Url(random.bytes(secretBytes));
}

/** As it is stored: base64url of its SHA-256. Nobody can guess 256 bits: no slow hash is needed. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('base64url');
}

const noSecret = hashSecret('');

/**
 * Compares in constant time.
 *
 * @param secret - what was sent
 * @param hash - what is stored; undefined where there is no such application: as slow, and false
 */
export function isSecret(secret: string, hash: string | undefined): boolean {
  const given = Buffer.from(hashSecret(secret), 'ascii');
  const expected = Buffer.from(hash ?? noSecret, 'ascii');
  const isEqual = given.length === expected.length && timingSafeEqual(given, expected);
  return isEqual && hash !== undefined;
}
