/** Lets the OpenID provider keep what it remembers in the server's storage. */
import { createHash } from 'node:crypto';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import type { Clock } from '../../core/index.ts';
import type { OidcPayload, OidcStore } from '../storage/index.ts';
import { clientMetadata, type OidcClients } from './clients.ts';

/** What {@link createOidcAdapter} needs. */
export interface OidcAdapterContext {
  readonly store: OidcStore;
  readonly clients: OidcClients;
  readonly clock: Clock;
  /** Most sign-ins under way at a time; beyond it, the oldest are forgotten. */
  readonly maxInteractions: number;
  /** @returns the error that refuses what was used before */
  readonly alreadyUsed: () => Error;
}

/**
 * Makes the adapters: clients are the registered applications, everything else is in the store.
 *
 * Codes and tokens are stored under the SHA-256 of their value, and without it: who reads the storage
 * cannot use them.
 */
export function createOidcAdapter(context: OidcAdapterContext): AdapterFactory {
  return (model) =>
    model === 'Client' ? clientAdapter(context.clients) : payloadAdapter(model, context);
}

function payloadAdapter(model: string, context: OidcAdapterContext): Adapter {
  const { store, clock, alreadyUsed } = context;
  // The one thing that is written for whoever comes along.
  const most = model === 'Interaction' ? context.maxInteractions : undefined;
  return {
    async upsert(id, payload, expiresIn) {
      const row = {
        model,
        id: hashOf(id),
        payload: JSON.stringify({ ...payload, jti: undefined }),
        expiresAt: expiresIn && new Date(clock.now().getTime() + expiresIn * 1000),
        grantId: payload.grantId,
      } as OidcPayload;
      await store.put(row, most);
    },
    async find(id) {
      const stored = await store.find(model, hashOf(id));
      if (stored === undefined || isOver(stored, clock.now())) return undefined;
      return { ...readPayload(stored), jti: id };
    },
    async consume(id) {
      // Of two requests with one code at the same moment, the second is refused here.
      if (!(await store.consume(model, hashOf(id), clock.now()))) throw alreadyUsed();
    },
    async destroy(id) {
      await store.remove(model, hashOf(id));
    },
    async revokeByGrantId(grantId) {
      await store.removeByGrant(grantId);
    },
    ...noOtherLookups,
  };
}

function clientAdapter(clients: OidcClients): Adapter {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error('applications are not registered through the OpenID provider'));
  return {
    async find(id) {
      const client = await clients.find(id);
      return client && clientMetadata(client);
    },
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
    ...noOtherLookups,
  };
}

/** For features that are off: the device flow, and tokens that end with a session. */
const noOtherLookups = {
  findByUid: () => Promise.resolve(undefined),
  findByUserCode: () => Promise.resolve(undefined),
};

function readPayload({ payload, consumedAt }: OidcPayload): AdapterPayload {
  const value = JSON.parse(payload) as AdapterPayload;
  return consumedAt === undefined
    ? value
    : { ...value, consumed: Math.floor(consumedAt.getTime() / 1000) };
}

function isOver({ expiresAt }: OidcPayload, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function hashOf(id: string): string {
  return createHash('sha256').update(id, 'utf8').digest('base64url');
}
