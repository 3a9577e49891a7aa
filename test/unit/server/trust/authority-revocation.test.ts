import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createAuthorities,
  type Authorities,
  type AuthorityRevocation,
  type Storage,
} from '../../../../src/server/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { openScratchStorage } from '../scratch-storage.ts';
import { root } from './files.ts';

describe('the revocation settings of an authority', () => {
  let storage: Storage;
  let authorities: Authorities;
  let id: string;

  beforeEach(async () => {
    storage = await openScratchStorage();
    authorities = createAuthorities(storage.authorities, new FakeClock(new Date()));
    const [added] = await authorities.add(root.certificate.der);
    id = added?.id ?? '';
  });
  afterEach(() => storage.close());

  const byDefault: AuthorityRevocation = {
    mode: 'grace',
    graceHours: 24,
    methods: ['crl', 'ocsp'],
    unpublished: 'accept',
  };

  it('are a day of grace where a status is published, until somebody chooses', async () => {
    expect((await authorities.find(id)).revocation).toEqual(byDefault);
    const [trusted] = await authorities.trusted();
    expect(trusted?.settings?.revocation).toMatchObject({
      mode: 'grace',
      graceSeconds: 86_400,
      methods: ['crl', 'ocsp'],
      unpublished: 'accept',
    });
  });

  it('change member by member, and bind from then on', async () => {
    await authorities.setRevocation(id, { graceHours: 2, methods: ['ocsp'] });
    const changed = await authorities.setRevocation(id.slice(0, 8), { mode: 'off' });
    expect(changed.revocation).toEqual({
      ...byDefault,
      mode: 'off',
      graceHours: 2,
      methods: ['ocsp'],
    });
    expect((await authorities.trusted())[0]?.settings?.revocation?.mode).toBe('off');
  });

  it('refuse what is not published from hard-fail on, unless they are told otherwise', async () => {
    const { revocation } = await authorities.setRevocation(id, { mode: 'hard-fail' });
    expect(revocation.unpublished).toBe('refuse');
    await authorities.setRevocation(id, { unpublished: 'accept' });
    const again = await authorities.setRevocation(id, { mode: 'hard-fail' });
    expect(again.revocation.unpublished).toBe('accept');
    const both = { mode: 'hard-fail', unpublished: 'accept' } as const;
    expect((await authorities.setRevocation(id, both)).revocation).toMatchObject(both);
  });

  it.each([
    [{ mode: 'soft-fail' }],
    [{ mode: null }],
    [{ graceHours: -1 }],
    [{ graceHours: 1.5 }],
    [{ graceHours: '24' }],
    [{ graceHours: 24 * 365 + 1 }],
    [{ methods: [] }],
    [{ methods: ['crl', 'crl'] }],
    [{ methods: ['crl', 'ldap'] }],
    [{ methods: 'crl' }],
    [{ unpublished: 'maybe' }],
  ])('cannot be %j', async (changes) => {
    const change = authorities.setRevocation(id, changes as Partial<AuthorityRevocation>);
    expect(await codeOfRejection(change)).toBe('ca_revocation_invalid');
    expect((await authorities.find(id)).revocation).toEqual(byDefault);
  });

  it('are kept without members that do not belong to them', async () => {
    const { revocation } = await authorities.setRevocation(id, { other: 1 } as object);
    expect(revocation).toEqual(byDefault);
  });

  it('belong to an authority that is there', async () => {
    const change = authorities.setRevocation('0123456789abcdef', { mode: 'off' });
    expect(await codeOfRejection(change)).toBe('ca_unknown');
  });
});
