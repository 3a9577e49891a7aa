/** Tokens of the admin API: 256 random bits, of which the storage has the hash. */
import { createHash } from 'node:crypto';
import { encodeBase64Url, type RandomSource } from '../../core/index.ts';
import type { ApiToken } from '../storage/index.ts';
import type { ApiTokenInfo } from './administration.ts';

/** Has scanners for leaked secrets know what they found. */
const prefix = 'csadm_';

const tokenBytes = 32;

/** Makes a token. */
export function makeApiToken(random: RandomSource): string {
  return prefix + encodeBase64Url(random.bytes(tokenBytes));
}

/** @returns base64url of its SHA-256: the name under which it is stored */
export function hashApiToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A token as people see it, without the token. */
export function describeApiToken(token: ApiToken): ApiTokenInfo {
  const { id, name, role, createdBy, createdAt, expiresAt, lastUsedAt } = token;
  return { id, name, role, createdBy, createdAt, expiresAt, lastUsedAt };
}
