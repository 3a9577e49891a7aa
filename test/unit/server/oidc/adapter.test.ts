import type { AdapterFactory } from 'oidc-provider';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '../../../../src/server/index.ts';
import { createOidcAdapter } from '../../../../src/server/oidc/adapter.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

describe('what the OpenID provider remembers', () => {
  let storage: Storage;
  let clock: FakeClock;
  let adapters: AdapterFactory;

  beforeEach(async () => {
    storage = await openScratchStorage();
    clock = new FakeClock();
    adapters = createOidcAdapter({
      store: storage.oidc,
      clients: { find: () => Promise.resolve(undefined) },
      clock,
      maxInteractions: 10,
      alreadyUsed: () => new Error('used before'),
    });
  });
  afterEach(() => storage.close());

  it('is found again by its id, and by no other kind', async () => {
    await adapters('AuthorizationCode').upsert('code', { jti: 'code', grantId: 'g' }, 60);
    const found = await adapters('AuthorizationCode').find('code');
    expect(found).toEqual({ jti: 'code', grantId: 'g' });
    expect(await adapters('AccessToken').find('code')).toBeUndefined();
  });

  it('is over when its time is', async () => {
    const codes = adapters('AuthorizationCode');
    await codes.upsert('code', { jti: 'code' }, 60);
    clock.advance(59_999);
    expect(await codes.find('code')).toBeDefined();
    clock.advance(1);
    expect(await codes.find('code')).toBeUndefined();
  });

  it('can be used once, also by two who found it unused', async () => {
    const codes = adapters('AuthorizationCode');
    await codes.upsert('code', { jti: 'code' }, 60);
    const uses = await Promise.allSettled([codes.consume('code'), codes.consume('code')]);
    expect(uses.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await codes.find('code')).toMatchObject({
      consumed: Math.floor(clock.now().getTime() / 1000),
    });
  });

  it('goes with its grant', async () => {
    await adapters('AuthorizationCode').upsert('code', { jti: 'code', grantId: 'g' }, 60);
    await adapters('AccessToken').upsert('token', { jti: 'token', grantId: 'g' }, 60);
    await adapters('AccessToken').upsert('other', { jti: 'other', grantId: 'h' }, 60);
    await adapters('AccessToken').revokeByGrantId('g');
    expect(await adapters('AuthorizationCode').find('code')).toBeUndefined();
    expect(await adapters('AccessToken').find('token')).toBeUndefined();
    expect(await adapters('AccessToken').find('other')).toBeDefined();
  });

  it('holds no application: those are registered with the server', async () => {
    await expect(adapters('Client').upsert('id', {}, 60)).rejects.toThrow(/not registered through/);
  });
});
