/** The keys that challenges are signed with, as the running server uses them. */
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import type { Clock } from '../../core/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { SigningKeyStore, StoredSigningKey } from '../storage/index.ts';
import { keyLeadTime, retiredKeys, signingKeyAt } from './key-rotation.ts';

/** Algorithm of every signing key (RFC 7518 section 3.4). */
export const signingAlgorithm = 'ES256';

/** A key ready to sign with. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
}

/** A key as people list it; never its private part. */
export interface SigningKeyInfo {
  readonly id: string;
  readonly createdAt: Date;
  readonly signsFrom: Date;
  readonly state: 'next' | 'signing' | 'retiring';
}

/** The server's signing keys. */
export interface SigningKeys {
  /** @returns the key that signs now; makes the first one where there is none */
  current(): Promise<SigningKey>;
  /** @returns the public keys to publish, as a JWK Set (RFC 7517 section 5) */
  published(): Promise<{ readonly keys: readonly JWK[] }>;
  /** By the time from which they sign, oldest first. */
  list(): Promise<readonly SigningKeyInfo[]>;
  /**
   * Makes a new key: published at once, signing after {@link keyLeadTime}.
   *
   * @param immediately - for a key that has leaked: the new key signs at once, and all others are
   *   deleted; challenges under way fail, and agents fetch the key set again
   */
  rotate(immediately: boolean): Promise<SigningKeyInfo>;
  /** Deletes the keys that no agent can need any more. */
  sweep(): Promise<void>;
}

/** How soon a running server notices a rotation by another process, in milliseconds. */
const maxAge = 5000;

/** Makes the service over stored keys. */
export function createSigningKeys(store: SigningKeyStore, clock: Clock): SigningKeys {
  const stored = createRefreshed(() => loadKeys(store, clock), clock, maxAge);
  // A JWK is imported once, not once a challenge.
  const imported = new Map<string, Promise<CryptoKey>>();

  async function privateKey({ id, privateJwk }: StoredSigningKey): Promise<CryptoKey> {
    const known = imported.get(id);
    if (known !== undefined) return known;
    const key = importJWK(JSON.parse(privateJwk) as JWK, signingAlgorithm) as Promise<CryptoKey>;
    imported.set(id, key);
    return key;
  }

  return {
    async current() {
      const keys = await stored.get();
      const key = signingKeyAt(keys, clock.now());
      if (key === undefined) throw new Error('no signing key after one was made');
      return { id: key.id, privateKey: await privateKey(key) };
    },
    async published() {
      const now = clock.now();
      const keys = await stored.get();
      const retired = retiredKeys(keys, now);
      return { keys: keys.filter((key) => !retired.includes(key)).map(publicJwk) };
    },
    async list() {
      const keys = await loadKeys(store, clock);
      return keys.map((key) => describeKey(key, keys, clock.now()));
    },
    async rotate(immediately) {
      const now = clock.now();
      const before = await store.list();
      const signsFrom = immediately ? now : new Date(now.getTime() + keyLeadTime * 1000);
      const key = await makeKey(now, signsFrom);
      await store.add(key);
      if (immediately) for (const { id } of before) await store.remove(id);
      stored.invalidate();
      return describeKey(key, await store.list(), now);
    },
    async sweep() {
      for (const { id } of retiredKeys(await store.list(), clock.now())) {
        await store.remove(id);
        imported.delete(id);
      }
    },
  };
}

async function loadKeys(
  store: SigningKeyStore,
  clock: Clock,
): Promise<readonly StoredSigningKey[]> {
  const keys = await store.list();
  if (keys.length > 0) return keys;
  const now = clock.now();
  await store.addFirst(await makeKey(now, now));
  return store.list();
}

async function makeKey(createdAt: Date, signsFrom: Date): Promise<StoredSigningKey> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true });
  const privateJwk = await exportJWK(pair.privateKey);
  return {
    id: await calculateJwkThumbprint(privateJwk),
    privateJwk: JSON.stringify(privateJwk),
    createdAt,
    signsFrom,
  };
}

/** RFC 7518 section 6.2.1: the public members of an EC key, and no other. */
function publicJwk({ id, privateJwk }: StoredSigningKey): JWK {
  const { kty, crv, x, y } = JSON.parse(privateJwk) as Required<JWK>;
  return { kty, crv, x, y, kid: id, use: 'sig', alg: signingAlgorithm };
}

function describeKey(
  { id, createdAt, signsFrom }: StoredSigningKey,
  keys: readonly StoredSigningKey[],
  now: Date,
): SigningKeyInfo {
  const signing = signingKeyAt(keys, now);
  const state = id === signing?.id ? 'signing' : signsFrom > now ? 'next' : 'retiring';
  return { id, createdAt, signsFrom, state };
}
