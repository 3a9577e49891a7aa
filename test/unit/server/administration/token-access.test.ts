import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { createTokenAccess } from '../../../../src/server/administration/index.ts';
import type { Storage } from '../../../../src/server/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const fileToken = 'what stands in the file admin-token';
const token = `csadm_${'x'.repeat(43)}`;
const address = '192.0.2.1';
const hour = 3_600_000;

describe('tokens of the admin API', () => {
  const clock = new FakeClock();
  let storage: Storage;

  beforeEach(async () => {
    storage = await openScratchStorage();
    await storage.apiTokens.add({
      ...{ id: 't', name: 'exporter', role: 'auditor', createdBy: 'alice' },
      hash: createHash('sha256').update(token).digest('base64url'),
      ...{ createdAt: clock.now(), expiresAt: new Date(clock.now().getTime() + 48 * hour) },
    });
  });
  afterEach(() => storage.close());

  const access = (file: string | undefined = fileToken) =>
    createTokenAccess(storage.apiTokens, file, clock);

  it('have the role that they were made with', async () => {
    expect(await access().actorOf(token, address)).toEqual({
      ...{ name: 'token exporter', role: 'auditor', via: 'api', address },
    });
  });

  it('are the file’s too, with the role admin, where there is one', async () => {
    expect(await access().actorOf(fileToken, address)).toMatchObject({
      ...{ name: 'admin-token file', role: 'admin' },
    });
    expect(await access('another').actorOf(fileToken, address)).toBeUndefined();
    const none = createTokenAccess(storage.apiTokens, undefined, clock);
    for (const word of ['', 'undefined', fileToken]) {
      expect(await none.actorOf(word, address)).toBeUndefined();
    }
  });

  it.each(['', token.slice(0, -1), `${token}x`, token.toUpperCase(), 'x'.repeat(100_000)])(
    'are nobody’s otherwise',
    async (other) => {
      expect(await access().actorOf(other, address)).toBeUndefined();
    },
  );

  it('are not what the storage has of them', async () => {
    const { hash } = (await storage.apiTokens.list())[0] ?? { hash: '?' };
    expect(await access().actorOf(hash, address)).toBeUndefined();
  });

  it('end when they were said to, and when they are removed', async () => {
    clock.advance(48 * hour - 1);
    expect(await access().actorOf(token, address)).toBeDefined();
    clock.advance(1);
    expect(await access().actorOf(token, address)).toBeUndefined();
    clock.advance(-hour);
    await storage.apiTokens.remove('t');
    expect(await access().actorOf(token, address)).toBeUndefined();
  });

  it('have their use noted to the hour', async () => {
    const lastUsedAt = async () => (await storage.apiTokens.list())[0]?.lastUsedAt;
    await access().actorOf(token, address);
    const first = clock.now();
    expect(await lastUsedAt()).toEqual(first);
    clock.advance(hour - 1);
    await access().actorOf(token, address);
    expect(await lastUsedAt()).toEqual(first);
    clock.advance(1);
    await access().actorOf(token, address);
    expect(await lastUsedAt()).toEqual(clock.now());
  });
});
