import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthorities, type Authorities, type Storage } from '../../../../src/server/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { derExtension, der, TestCa } from '../../../testkit/test-ca.ts';
import { openScratchStorage } from '../scratch-storage.ts';
import { issuing, leaf, root } from './files.ts';

const day = 86_400_000;

describe('certificate authorities', () => {
  const clock = new FakeClock(new Date());
  let storage: Storage;
  let authorities: Authorities;

  beforeEach(async () => {
    storage = await openScratchStorage();
    authorities = createAuthorities(storage.authorities, clock);
  });
  afterEach(() => storage.close());

  const inDays = (days: number): Date => new Date(clock.now().getTime() + days * day);
  const trustedIds = async () => (await authorities.trusted()).map(({ id }) => id);

  it('are trusted as soon as they are added, and not once they are removed', async () => {
    expect(await authorities.trusted()).toEqual([]);
    const [added] = await authorities.add(root.certificate.der);
    expect(await trustedIds()).toEqual([added?.id]);
    await authorities.remove(added?.id ?? '');
    expect(await authorities.trusted()).toEqual([]);
  });

  it('that another process adds are trusted after a second', async () => {
    expect(await authorities.trusted()).toEqual([]);
    await createAuthorities(storage.authorities, clock).add(root.certificate.der);
    expect(await authorities.trusted()).toEqual([]);
    clock.advance(1001);
    expect(await authorities.trusted()).toHaveLength(1);
  });

  it('are added with the whole file or not at all', async () => {
    const file = Buffer.from(root.certificate.pem + leaf.pem);
    expect(await codeOfRejection(authorities.add(file))).toBe('ca_not_authority');
    expect(await authorities.list()).toEqual([]);
  });

  it('are added once', async () => {
    await authorities.add(root.certificate.der);
    const file = Buffer.concat([issuing.certificate.der, root.certificate.der]);
    await expect(authorities.add(file)).rejects.toMatchObject({
      code: 'ca_exists',
      message: expect.stringContaining('Files Root') as string,
    });
    expect(await authorities.list()).toHaveLength(1);
  });

  const keyUsage = (octet: number): Buffer =>
    derExtension('2.5.29.15', true, der(0x03, Buffer.of(0, octet)));
  const basicConstraints = derExtension('2.5.29.19', true, der(0x30, der(1, Buffer.of(0xff))));
  const weakCa = (): Buffer => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const extraExtensions = [basicConstraints];
    return root.issue({ publicKey, keyUsage: 0, extendedKeyUsage: [], extraExtensions }).der;
  };
  /** A CA certificate with extensions of our choice. */
  const caWith = (extension: Buffer): Buffer =>
    root.issue({
      keyUsage: 0,
      extendedKeyUsage: [],
      extraExtensions: [basicConstraints, extension],
    }).der;

  it.each([
    ['an end-entity certificate', () => leaf.der, 'ca_not_authority'],
    ['one whose key may not sign certificates', () => caWith(keyUsage(0x82)), 'ca_key_usage'],
    ['one whose key is too small', () => weakCa(), 'ca_key_weak'],
    [
      'an expired one',
      () => TestCa.root({ notBefore: inDays(-10), notAfter: inDays(-1) }).certificate.der,
      'ca_expired',
    ],
  ])('refuse %s', async (_, file, code) => {
    expect(await codeOfRejection(authorities.add(file()))).toBe(code);
    expect(await authorities.list()).toEqual([]);
  });

  it('take a CA certificate whose key usage is absent or has keyCertSign', async () => {
    await authorities.add(caWith(keyUsage(0x84)));
    await authorities.add(caWith(derExtension('1.2.3.4', false, der(5))));
    expect(await authorities.list()).toHaveLength(2);
  });

  it.each([
    ['not valid yet', { notBefore: inDays(1) }, ['ca_not_yet_valid']],
    ['expiring soon', { notAfter: inDays(30) }, ['ca_expires_soon']],
    ['valid for long', { notAfter: inDays(3650) }, []],
  ])('are taken with a note when %s', async (_, validity, codes) => {
    const [added] = await authorities.add(TestCa.root(validity).certificate.der);
    expect(added?.warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('are found by the start of their id, if it is long enough', async () => {
    const [added] = await authorities.add(root.certificate.der);
    const id = added?.id ?? '';
    expect((await authorities.find(id.slice(0, 8).toUpperCase())).id).toBe(id);
    expect(await codeOfRejection(authorities.find(id.slice(0, 7)))).toBe('ca_unknown');
    expect(await codeOfRejection(authorities.find('0123456789abcdef'))).toBe('ca_unknown');
    expect(await codeOfRejection(authorities.remove(''))).toBe('ca_unknown');
  });

  it('whose ids start alike are not removed by what they share', async () => {
    const stored = ['a', 'b'].map((end) => ({
      id: `0123456789${end}`,
      der: root.certificate.der,
      addedAt: clock.now(),
      disabled: false,
    }));
    await storage.authorities.add(stored);
    expect(await codeOfRejection(authorities.remove('0123456789'))).toBe('ca_ambiguous');
    expect((await authorities.remove('0123456789a')).id).toBe('0123456789a');
  });

  it('count for nothing while they are disabled', async () => {
    const [added] = await authorities.add(root.certificate.der);
    const id = added?.id ?? '';
    expect((await authorities.setDisabled(id, true)).disabled).toBe(true);
    expect(await authorities.trusted()).toEqual([]);
    expect((await authorities.find(id)).disabled).toBe(true);
    await authorities.setDisabled(id, false);
    expect(await authorities.trusted()).toHaveLength(1);
    expect(await codeOfRejection(authorities.setDisabled('0'.repeat(64), true))).toBe('ca_unknown');
  });

  it('are never more than a challenge can name', async () => {
    const cas = Array.from(
      { length: 65 },
      (_, index) => TestCa.root({ commonName: `CA ${index}` }).certificate.der,
    );
    await authorities.add(Buffer.concat(cas.slice(0, 64)));
    expect(await codeOfRejection(authorities.add(cas[64] ?? Buffer.of()))).toBe('ca_too_many');
    const long = TestCa.root({ commonName: 'x'.repeat(13 * 1024) }).certificate.der;
    const fresh = createAuthorities((await openScratchStorage()).authorities, clock);
    expect(await codeOfRejection(fresh.add(long))).toBe('ca_too_many');
  });
});
