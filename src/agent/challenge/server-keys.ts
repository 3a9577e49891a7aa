/** The keys that servers sign challenges with: pinned in the settings, or fetched and cached. */
import { describeError, isWithin, parseStrictJson, JsonError } from '../../core/index.ts';
import type { Clock, JsonObject, JsonValue, Logger } from '../../core/index.ts';
import type { TrustedServer } from '../config/settings.ts';
import { AgentError } from '../errors.ts';
import { publicKeysOf } from './key-set.ts';

/** Fetches a server's JWK set as text, over TLS. Throws an AgentError where it cannot be had. */
export type FetchKeySet = (jwksUri: string, server: TrustedServer) => Promise<string>;

/** Ages of a fetched key set, in milliseconds. */
const freshFor = 5 * 60_000;
/** A server that cannot be reached for its keys is taken at its last word for this long. */
const usableFor = 3_600_000;
/** A key that is not in the set is looked for again, but not more often than this. */
const refetchAfter = 5_000;

interface FetchedKeys {
  readonly keys: readonly JsonObject[];
  readonly fetchedAt: number;
}

interface CacheEntry {
  current?: FetchedKeys;
  lastAttempt: number;
  pending?: Promise<FetchedKeys>;
}

/** Where the signature check gets its keys. */
export class ServerKeys {
  readonly #fetch: FetchKeySet;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #cache = new Map<string, CacheEntry>();

  constructor(options: {
    readonly fetch: FetchKeySet;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#fetch = options.fetch;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * Finds the public key that a challenge names.
   *
   * @param server - a trusted one
   * @param keyId - the challenge's `kid`
   * @returns a public JWK
   * @throws AgentError `server_key_unknown`, `server_keys_unavailable` or `server_keys_invalid`
   */
  async find(server: TrustedServer, keyId: string): Promise<JsonObject> {
    const keys =
      server.keys.kind === 'pinned'
        ? server.keys.keys
        : await this.#fetched(server, server.keys.jwksUri, keyId);
    const key = byId(keys, keyId);
    if (key === undefined) throw new AgentError('server_key_unknown');
    return key;
  }

  async #fetched(
    server: TrustedServer,
    jwksUri: string,
    keyId: string,
  ): Promise<readonly JsonObject[]> {
    const entry = this.#entry(jwksUri);
    const now = this.#clock.now().getTime();
    // A last word that is too old is none, however lately the server was asked for a new one.
    const current =
      entry.current !== undefined && isWithin(usableFor, entry.current.fetchedAt, now)
        ? entry.current
        : undefined;
    if (current !== undefined) {
      const known = byId(current.keys, keyId) !== undefined;
      if (known && isWithin(freshFor, current.fetchedAt, now)) return current.keys;
      // A bounded pace: whoever sends made-up key names must not make us hammer the server.
      if (isWithin(refetchAfter, entry.lastAttempt, now) && entry.pending === undefined) {
        return current.keys;
      }
    }
    try {
      entry.pending ??= this.#refresh(entry, server, jwksUri);
      return (await entry.pending).keys;
    } catch (error) {
      if (current === undefined) throw error;
      this.#logger.warn('Server keys cannot be refreshed; the last ones are used', {
        issuer: server.issuer,
        reason: describeError(error),
      });
      return current.keys;
    }
  }

  #entry(jwksUri: string): CacheEntry {
    let entry = this.#cache.get(jwksUri);
    if (entry === undefined) this.#cache.set(jwksUri, (entry = { lastAttempt: -Infinity }));
    return entry;
  }

  async #refresh(entry: CacheEntry, server: TrustedServer, uri: string): Promise<FetchedKeys> {
    const now = this.#clock.now().getTime();
    entry.lastAttempt = now;
    try {
      const keys = parseKeySet(await this.#fetch(uri, server));
      return (entry.current = { keys, fetchedAt: now });
    } finally {
      delete entry.pending;
    }
  }
}

function byId(keys: readonly JsonObject[], keyId: string): JsonObject | undefined {
  return keys.find((key) => key['kid'] === keyId);
}

function parseKeySet(text: string): readonly JsonObject[] {
  let set: JsonValue;
  try {
    set = parseStrictJson(text, { maxLength: 64 * 1024, maxDepth: 6 });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new AgentError('server_keys_invalid', { cause });
  }
  const keys = publicKeysOf(set);
  if (keys === undefined) throw new AgentError('server_keys_invalid');
  return keys;
}
