import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigningKeys, type SigningKeys, type Storage } from '../../../../src/server/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const minute = 60_000;

describe('signing keys', () => {
  let clock: FakeClock;
  let storage: Storage;
  let keys: SigningKeys;

  beforeEach(async () => {
    clock = new FakeClock();
    storage = await openScratchStorage();
    keys = createSigningKeys(storage.signingKeys, clock);
  });
  afterEach(() => storage.close());

  const signing = async (): Promise<string> => (await keys.current()).id;
  const published = async () => (await keys.published()).keys.map(({ kid }) => kid);
  const states = async () => (await keys.list()).map(({ state }) => state);

  it('are made when the first is asked for, and stay', async () => {
    const id = await signing();
    expect(await signing()).toBe(id);
    expect(await published()).toEqual([id]);
    expect(await createSigningKeys(storage.signingKeys, clock).current()).toMatchObject({ id });
  });

  it('are one, where two processes start at the same time', async () => {
    const other = createSigningKeys(storage.signingKeys, clock);
    const [mine, theirs] = await Promise.all([keys.current(), other.current()]);
    expect(mine.id).toBe(theirs.id);
  });

  it('are published without their private part', async () => {
    await signing();
    const [key] = (await keys.published()).keys;
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('are published for ten minutes before they sign', async () => {
    const old = await signing();
    const next = await keys.rotate(false);
    expect(await published()).toEqual([old, next.id]);
    expect(await states()).toEqual(['signing', 'next']);
    clock.advance(10 * minute - 1);
    expect(await signing()).toBe(old);
    clock.advance(1);
    expect(await signing()).toBe(next.id);
    expect(await states()).toEqual(['retiring', 'signing']);
  });

  it('stay published until no challenge that they signed can be alive', async () => {
    const old = await signing();
    const next = await keys.rotate(false);
    clock.advance(10 * minute + 4 * minute - 1);
    await keys.sweep();
    expect(await published()).toEqual([old, next.id]);
    clock.advance(1);
    expect(await published()).toEqual([next.id]);
    await keys.sweep();
    expect((await keys.list()).map(({ id }) => id)).toEqual([next.id]);
  });

  it('that have leaked are gone at once', async () => {
    await signing();
    await keys.rotate(false);
    const fresh = await keys.rotate(true);
    expect(await signing()).toBe(fresh.id);
    expect(await published()).toEqual([fresh.id]);
  });

  it('that another process rotated are noticed within five seconds', async () => {
    await signing();
    const fresh = await createSigningKeys(storage.signingKeys, clock).rotate(true);
    clock.advance(5001);
    expect(await signing()).toBe(fresh.id);
  });

  it('sign also where the clock was set back before the first was made', async () => {
    const id = await signing();
    clock.advance(-60 * minute);
    expect(await signing()).toBe(id);
  });
});
