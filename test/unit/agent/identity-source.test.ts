import { describe, expect, it } from 'vitest';
import { IdentitySource } from '../../../src/agent/index.ts';
import { silentLogger } from '../../../src/core/index.ts';
import { KeystoreError } from '../../../src/keystore/index.ts';
import { FakeClock } from '../../testkit/fake-clock.ts';
import { MemoryStore, storedIdentity } from '../../testkit/stored-certificate.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const identity = storedIdentity(TestCa.root().issue());
const good = { uri: '/good', pinFile: undefined };
const bad = { uri: '/bad', pinFile: undefined };

function fixture() {
  const store = new MemoryStore([identity]);
  const opened: string[] = [];
  const clock = new FakeClock();
  const source = new IdentitySource({
    stores: [bad, good],
    open: ({ uri }) => {
      opened.push(uri);
      if (uri === '/bad') throw new KeystoreError('store_unsupported');
      return store;
    },
    clock,
    logger: silentLogger,
  });
  return { store, opened, source, clock };
}

describe('IdentitySource', () => {
  it('opens no store before the first sweep', async () => {
    const { source, opened } = fixture();
    expect(source.health().map(({ state }) => state)).toEqual(['not opened', 'not opened']);
    expect(opened).toEqual([]);
    await source.sweep();
    expect(opened).toEqual(['/bad', '/good']);
  });

  it('reports a store that fails beside what the others hold', async () => {
    const { source } = fixture();
    const sweep = await source.sweep();
    expect(sweep.certificates).toEqual([identity]);
    expect(sweep.problems).toMatchObject([{ location: '/bad', code: 'store_unsupported' }]);
    expect(source.health()).toMatchObject([
      { uri: '/bad', state: 'failed', certificates: 0 },
      { uri: '/good', state: 'read', certificates: 1, problems: [] },
    ]);
  });

  it('keeps a store open, tries a failed one anew, and looks afresh each time', async () => {
    const { source, opened, store } = fixture();
    await source.sweep();
    store.certificates = [];
    expect((await source.sweep()).certificates).toEqual([]);
    expect(opened).toEqual(['/bad', '/good', '/bad']);
  });

  it('looks afresh once a store has told of a change', async () => {
    const { source, store } = fixture();
    let tell: (() => void) | undefined;
    Object.assign(store, { watch: (changed: () => void) => (tell = changed) });
    await source.sweep();
    expect((await source.recent()).isNew).toBe(false);
    tell?.();
    expect((await source.recent()).isNew).toBe(true);
  });

  it('shares one sweep among requests that come at the same time', async () => {
    const { source, store } = fixture();
    const all = await Promise.all([source.recent(), source.recent(), source.recent()]);
    expect(all.map(({ isNew }) => isNew)).toEqual([true, false, false]);
    expect(store.listings).toBe(1);
  });

  it('starts another sweep for those who ask for one while one is under way, and shares that', async () => {
    const { source, store } = fixture();
    const first = source.sweep();
    const others = [source.sweep(), source.sweep()];
    store.certificates = [];
    expect((await first).certificates).toEqual([identity]);
    for (const other of others) expect((await other).certificates).toEqual([]);
    expect(store.listings).toBe(2);
  });

  it('gives the last sweep again for ten seconds, and says that it is not new', async () => {
    const { source, store, clock } = fixture();
    expect((await source.recent()).isNew).toBe(true);
    clock.advance(9_000);
    expect(await source.recent()).toMatchObject({
      isNew: false,
      sweep: { certificates: [identity] },
    });
    expect(store.listings).toBe(1);
    clock.advance(1_001);
    expect((await source.recent()).isNew).toBe(true);
    clock.advance(-60_000);
    expect((await source.recent()).isNew).toBe(true);
    expect(store.listings).toBe(3);
  });

  it('never tells a PIN that somebody put into a URI', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, warn: (...line: unknown[]) => told.push(line) };
    const source = new IdentitySource({
      stores: [{ uri: 'pkcs11:token=t?pin-value=hunter2&module-path=/m.so', pinFile: undefined }],
      open: () => {
        throw new KeystoreError('store_uri_invalid');
      },
      clock: new FakeClock(),
      logger,
    });
    const seen = [source.health(), await source.sweep(), source.health(), told];
    expect(JSON.stringify(seen)).not.toContain('hunter2');
    expect(source.health()[0]?.uri).toBe('pkcs11:token=t?pin-value=***&module-path=/m.so');
  });

  it('closes what it opened', async () => {
    const { source, store } = fixture();
    await source.sweep();
    await source.close();
    expect(store.closed).toBe(true);
  });
});
