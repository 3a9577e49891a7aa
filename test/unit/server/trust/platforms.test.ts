import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/core/index.ts';
import { createAuthorities, type Storage } from '../../../../src/server/index.ts';
import { createPlatforms, type Platforms } from '../../../../src/server/trust/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { TestCa } from '../../../testkit/test-ca.ts';
import { openScratchStorage } from '../scratch-storage.ts';

const idOf = ({ certificate: { der } }: TestCa): string =>
  createHash('sha256').update(der).digest('hex');

describe('endpoint management', () => {
  const [one, two] = [TestCa.root({ commonName: 'One' }), TestCa.root({ commonName: 'Two' })];
  const [first, second] = [idOf(one), idOf(two)];
  let clock: FakeClock;
  let storage: Storage;
  let platforms: Platforms;

  beforeEach(async () => {
    clock = new FakeClock(new Date());
    storage = await openScratchStorage();
    const authorities = createAuthorities(storage.authorities, clock);
    await authorities.add(one.certificate.der);
    await authorities.add(two.certificate.der);
    platforms = createPlatforms(storage.settings, authorities, clock);
  });
  afterEach(() => storage.close());

  const trusted = async () =>
    Object.fromEntries((await platforms.trusted()).map(({ id, platforms: on }) => [id, on]));
  const everywhere = ['windows', 'macos', 'linux'];

  it('trusts every authority on every platform as long as nobody has chosen', async () => {
    expect(await platforms.settings()).toMatchObject({ version: 0 });
    expect(await trusted()).toEqual({ [first]: everywhere, [second]: everywhere });
  });

  it('trusts an authority where it was chosen, at once', async () => {
    await trusted();
    const changed = await platforms.change(0, {
      windows: { authorities: [first] },
      linux: { enabled: false },
    });
    expect(changed).toEqual({
      platforms: {
        windows: { enabled: true, authorities: [first] },
        macos: { enabled: true, authorities: 'all' },
        linux: { enabled: false, authorities: 'all' },
      },
      version: 1,
    });
    expect(await platforms.settings()).toEqual(changed);
    expect(await trusted()).toEqual({ [first]: ['windows', 'macos'], [second]: ['macos'] });
  });

  it('leaves an authority out that counts nowhere', async () => {
    const change = { authorities: [second] };
    await platforms.change(0, { windows: change, macos: change, linux: { enabled: false } });
    expect(await trusted()).toEqual({ [second]: ['windows', 'macos'] });
  });

  it('sees a change by another process within a second', async () => {
    await trusted();
    const authorities = createAuthorities(storage.authorities, clock);
    const other = createPlatforms(storage.settings, authorities, clock);
    const off = { enabled: false };
    await other.change(0, { windows: off, macos: off, linux: off });
    clock.advance(1001);
    expect(await trusted()).toEqual({});
  });

  it('does not overwrite a change that was made meanwhile', async () => {
    await platforms.change(0, { linux: { enabled: false } });
    expect(await codeOfRejection(platforms.change(0, { linux: { enabled: true } }))).toBe(
      'platform_settings_changed',
    );
    expect((await platforms.settings()).platforms.linux.enabled).toBe(false);
  });

  it('keeps an authority that was removed since, and takes none that never was', async () => {
    await platforms.change(0, { linux: { authorities: [first] } });
    await storage.authorities.remove(first);
    await platforms.change(1, { windows: { enabled: false } });
    expect((await platforms.settings()).platforms.linux.authorities).toEqual([first]);
    const unknown = { linux: { authorities: ['f'.repeat(64)] } };
    expect(await codeOfRejection(platforms.change(2, unknown))).toBe('platform_settings_invalid');
  });

  it.each<[string, Record<string, JsonValue>]>([
    ['a platform that there is not', { amiga: { enabled: true } }],
    ['no object', { linux: true }],
    ['a misspelt member', { linux: { enable: false } }],
    ['no truth value', { linux: { enabled: 'yes' } }],
    ['no id', { linux: { authorities: ['x'] } }],
    ['no list', { linux: { authorities: 'some' } }],
  ])('refuses %s', async (_, changes) => {
    expect(await codeOfRejection(platforms.change(0, changes))).toBe('platform_settings_invalid');
    expect((await platforms.settings()).version).toBe(0);
  });
});
