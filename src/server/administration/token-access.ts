/** Who a bearer token of the admin API belongs to (RFC 6750 section 2.1). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/index.ts';
import type { ApiTokenStore } from '../storage/index.ts';
import type { Actor } from './actor.ts';
import { hashApiToken } from './api-token.ts';

/** See the head of this file. */
export interface TokenAccess {
  /** @returns undefined for a token that is none, or has ended */
  actorOf(token: string, address: string): Promise<Actor | undefined>;
}

/** What the audit log calls who has the token of the data directory. */
const fileTokenName = 'admin-token file';

/** How often a token's use is written down, in milliseconds. */
const touchInterval = 3_600_000;

/** Longest token that is looked up. */
const maxLength = 256;

/**
 * Makes the service.
 *
 * @param fileToken - the token of the data directory, whose role is admin; undefined for none
 */
export function createTokenAccess(
  store: ApiTokenStore,
  fileToken: string | undefined,
  clock: Clock,
): TokenAccess {
  const isFileToken = (token: string): boolean =>
    fileToken !== undefined && timingSafeEqual(sha256(token), sha256(fileToken));
  return {
    async actorOf(token, address) {
      if (isFileToken(token)) return { name: fileTokenName, role: 'admin', via: 'api', address };
      const found =
        token.length > maxLength ? undefined : await store.findByHash(hashApiToken(token));
      const now = clock.now();
      if (found === undefined || (found.expiresAt ?? new Date(Infinity)) <= now) return undefined;
      const { id, name, role, lastUsedAt } = found;
      if (now.getTime() - (lastUsedAt?.getTime() ?? 0) >= touchInterval) await store.touch(id, now);
      return { name: `token ${name}`, role, via: 'api', address };
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
