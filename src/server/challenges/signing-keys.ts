/** The server's signing keys of one kind, as the running server uses them. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Clock } from '../../core/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { SigningKeyStore, StoredSigningKey } from '../storage/index.ts';
import { challengeKeys, type SigningKeyKind } from './key-kind.ts';
import { retiredKeys, signingKeyAt } from './key-rotation.ts';

/** A key ready to sign with. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
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
  /** @returns the published keys with their private parts, the one that signs now first */
  privateKeys(): Promise<readonly JWK[]>;
  /** By the time from which they sign, oldest first. */
  list(): Promise<readonly SigningKeyInfo[]>;
  /**
   * Makes a new key: published at once, signing after its kind's lead time.
   *
   * @param immediately - for a key that has leaked: the new key signs at once, and all others are
   *   deleted; what they signed counts no more, and who has cached the key set fetches it again
   */
  rotate(immediately: boolean): Promise<SigningKeyInfo>;
  /** Deletes the keys that nobody can need any more. */
  sweep(): Promise<void>;
}

/** How soon a running server notices a rotation by another process, in milliseconds. */
const maxAge = 5000;

/** Makes the service over stored keys of one kind. */
export function createSigningKeys(
  store: SigningKeyStore,
  clock: Clock,
  kind: SigningKeyKind = challengeKeys,
): SigningKeys {
  const stored = createRefreshed(() => loadKeys(store, clock, kind), clock, maxAge);
  // A JWK is imported once, not once a challenge.
  const imported = new Map<string, KeyObject>();

  function privateKey({ id, privateJwk }: StoredSigningKey): KeyObject {
    const known = imported.get(id);
    if (known !== undefined) return known;
    const key = createPrivateKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
    imported.set(id, key);
    return key;
  }

  async function publishedKeys(): Promise<readonly StoredSigningKey[]> {
    const keys = await stored.get();
    const retired = retiredKeys(keys, clock.now(), kind.lagTime);
    return keys.filter((key) => !retired.includes(key));
  }

  return {
    async current() {
      const keys = await stored.get();
      const key = signingKeyAt(keys, clock.now());
      if (key === undefined) throw new Error('no signing key after one was made');
      return { id: key.id, privateKey: privateKey(key) };
    },
    async published() {
      return { keys: (await publishedKeys()).map((key) => publicJwk(key, kind)) };
    },
    async privateKeys() {
      const keys = await publishedKeys();
      const signing = signingKeyAt(keys, clock.now());
      const ordered = [...keys].sort((a, b) => Number(b === signing) - Number(a === signing));
      return ordered.map(({ id, privateJwk }) => ({
        ...(JSON.parse(privateJwk) as JWK),
        ...publicUse(id, kind),
      }));
    },
    async list() {
      const keys = await loadKeys(store, clock, kind);
      return keys.map((key) => describeKey(key, keys, clock.now()));
    },
    async rotate(immediately) {
      const now = clock.now();
      const before = await store.list();
      const signsFrom = immediately ? now : new Date(now.getTime() + kind.leadTime * 1000);
      const key = await makeKey(kind, now, signsFrom);
      await store.add(key);
      if (immediately) for (const { id } of before) await store.remove(id);
      stored.invalidate();
      return describeKey(key, await store.list(), now);
    },
    async sweep() {
      for (const { id } of retiredKeys(await store.list(), clock.now(), kind.lagTime)) {
        await store.remove(id);
        imported.delete(id);
      }
    },
  };
}

async function loadKeys(
  store: SigningKeyStore,
  clock: Clock,
  kind: SigningKeyKind,
): Promise<readonly StoredSigningKey[]> {
  const keys = await store.list();
  if (keys.length > 0) return keys;
  const now = clock.now();
  await store.addFirst(await makeKey(kind, now, now));
  return store.list();
}

async function makeKey(
  kind: SigningKeyKind,
  createdAt: Date,
  signsFrom: Date,
): Promise<StoredSigningKey> {
  const privateJwk = await kind.generate(createdAt);
  return {
    id: await calculateJwkThumbprint(privateJwk),
    privateJwk: JSON.stringify(privateJwk),
    createdAt,
    signsFrom,
  };
}

/** The kind's public members, and no other. */
function publicJwk({ id, privateJwk }: StoredSigningKey, kind: SigningKeyKind): JWK {
  const jwk = JSON.parse(privateJwk) as JWK;
  const members = kind.publicMembers.map((name) => [name, jwk[name]]);
  return { ...(Object.fromEntries(members) as JWK), ...publicUse(id, kind) };
}

function publicUse(id: string, { algorithm }: SigningKeyKind): JWK {
  return { kid: id, use: 'sig', alg: algorithm };
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
