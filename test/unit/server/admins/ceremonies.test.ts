import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import { createCeremonies, type Ceremonies } from '../../../../src/server/admins/ceremonies.ts';
import type { Storage } from '../../../../src/server/index.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';

describe('a ceremony', () => {
  const clock = new FakeClock();
  let storage: Storage;
  let signIns: Ceremonies<{ readonly challenge: string }>;

  beforeEach(async () => {
    storage = await openScratchStorage();
    signIns = createCeremonies(storage.oidc, 'sign-in', clock, systemRandom, 3);
  });
  afterEach(() => storage.close());

  it('is answered once, also by two at the same time', async () => {
    const id = await signIns.begin({ challenge: 'a' });
    const answers = await Promise.all([signIns.take(id), signIns.take(id)]);
    expect(answers.filter((answer) => answer !== undefined)).toEqual([{ challenge: 'a' }]);
    expect(await signIns.take(id)).toBeUndefined();
  });

  it('is over after five minutes', async () => {
    const id = await signIns.begin({ challenge: 'a' });
    clock.advance(5 * 60_000);
    expect(await signIns.take(id)).toBeUndefined();
  });

  it('cannot be answered as one of another kind', async () => {
    const id = await signIns.begin({ challenge: 'a' });
    const others = createCeremonies(storage.oidc, 'passkey', clock, systemRandom);
    expect(await others.take(id)).toBeUndefined();
  });

  it('is forgotten where many were begun after it, and those of other kinds are not', async () => {
    const others = createCeremonies<string>(storage.oidc, 'passkey', clock, systemRandom, 3);
    const other = await others.begin('kept');
    const ids = [];
    for (const challenge of ['a', 'b', 'c', 'd']) {
      clock.advance(1);
      ids.push(await signIns.begin({ challenge }));
    }
    const answers = [];
    for (const id of ids) answers.push(await signIns.take(id));
    expect(answers.map((answer) => answer?.challenge)).toEqual([undefined, 'b', 'c', 'd']);
    expect(await others.take(other)).toBe('kept');
  });
});
