import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../src/pki/index.ts';
import { createCertificateCache } from '../../../src/verifier/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';

describe('a cache of certificates', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(
    (commonName) => TestCa.root({ commonName }).certificate.der,
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error('three certificates');

  it('reads a certificate once, however its bytes come', () => {
    const cache = createCertificateCache(2);
    const first = cache.read(a, parseCertificate);
    expect(cache.read(Buffer.from(a), parseCertificate)).toBe(first);
    expect(cache.read(b, parseCertificate)).not.toBe(first);
  });

  it('gives up the one not asked for longest', () => {
    const cache = createCertificateCache(2);
    const first = cache.read(a, parseCertificate);
    const second = cache.read(b, parseCertificate);
    cache.read(a, parseCertificate);
    cache.read(c, parseCertificate);
    expect(cache.read(a, parseCertificate)).toBe(first);
    expect(cache.read(b, parseCertificate)).not.toBe(second);
  });

  it('reads a large one each time: strangers may send them', () => {
    const cache = createCertificateCache(2);
    const commonName = 'x'.repeat(9000);
    const large = TestCa.root({ commonName }).certificate.der;
    expect(cache.read(large, parseCertificate)).not.toBe(cache.read(large, parseCertificate));
  });

  it('keeps nothing that cannot be read', () => {
    const cache = createCertificateCache(2);
    expect(() => cache.read(Buffer.from('junk'), parseCertificate)).toThrow();
    expect(() => cache.read(Buffer.from('junk'), parseCertificate)).toThrow();
  });
});
